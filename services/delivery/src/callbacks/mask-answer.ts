import { maskedValue } from '@callbus/contracts/subscriptions/sealed-headers';
import type { Attempt } from './attempt.js';

/** How much of an answer is searched: more than its kept part and the longest header value together. */
const readBytes = 4_096;
/** The shortest word of a value that is masked. Shorter words, such as `Bearer`, are not secret. */
const leastLength = 8;

/** Masks the values of secret headers in the kept part of an answer, because a receiver that refuses a callback may repeat its headers. */
export function maskAnswer(attempt: Attempt, secretValues: readonly string[]): Attempt {
  if (secretValues.length === 0 || attempt.kind !== 'made' || attempt.result.kind !== 'answer') return attempt;
  const { result } = attempt;
  const text = result.body.toString('utf8', 0, readBytes);
  const masked = secretValues.flatMap(spellingsOf).reduce((left, value) => left.replaceAll(value, maskedValue), text);
  return masked === text ? attempt : { ...attempt, result: { ...result, body: Buffer.from(masked) } };
}

/** The whole value, then its words; each also in the form that JSON escapes. */
function spellingsOf(value: string): string[] {
  const words = value.split(/[\s;,]+/).filter((word) => word.length >= leastLength);
  const all = [value, ...words].filter((text) => text !== '');
  return [...all, ...all.map((text) => JSON.stringify(text).slice(1, -1))];
}
