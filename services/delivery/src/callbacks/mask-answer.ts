import { maskValues } from '@callbus/callback-request/mask-values';
import type { Attempt } from './attempt.js';

/** How much of an answer is searched: more than its kept part and the longest header value together. */
const readBytes = 4_096;

/** Masks the values of secret headers in the kept part of an answer. */
export function maskAnswer(attempt: Attempt, secretValues: readonly string[]): Attempt {
  if (secretValues.length === 0 || attempt.kind !== 'made' || attempt.result.kind !== 'answer') return attempt;
  const { result } = attempt;
  const text = result.body.toString('utf8', 0, readBytes);
  const masked = maskValues(text, secretValues);
  return masked === text ? attempt : { ...attempt, result: { ...result, body: Buffer.from(masked) } };
}
