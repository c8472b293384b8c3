import { maskedValue } from '@callbus/contracts/sealed-headers';
import type { Attempt } from './attempt.js';

/** More than is kept of an answer and the longest value of a header. */
const readBytes = 4_096;
/** Of a value's words. Shorter ones are no secrets, such as `Bearer`. */
const leastLength = 8;

/** Masks the values of secret headers in what is kept of an answer: receivers that refuse a callback may tell what it held. */
export function maskAnswer(attempt: Attempt, secretValues: readonly string[]): Attempt {
  if (secretValues.length === 0 || attempt.kind !== 'made' || attempt.result.kind !== 'answer') return attempt;
  const { result } = attempt;
  const told = result.body.toString('utf8', 0, readBytes);
  const masked = secretValues.flatMap(spellingsOf).reduce((text, value) => text.replaceAll(value, maskedValue), told);
  return masked === told ? attempt : { ...attempt, result: { ...result, body: Buffer.from(masked) } };
}

/** As a whole, then its words; in JSON, too. */
function spellingsOf(value: string): string[] {
  const words = value.split(/[\s;,]+/).filter((word) => word.length >= leastLength);
  const all = [value, ...words].filter((text) => text !== '');
  return [...all, ...all.map((text) => JSON.stringify(text).slice(1, -1))];
}
