import { maskedValue } from '@callbus/contracts/subscriptions/sealed-headers';

/** The shortest word of a value that is masked. Shorter words, such as `Bearer`, are not secret. */
const leastLength = 8;

/** Masks secret values in a text, because a receiver that refuses a callback may repeat its headers. */
export function maskValues(text: string, secretValues: readonly string[]): string {
  return secretValues.flatMap(spellingsOf).reduce((left, value) => left.replaceAll(value, maskedValue), text);
}

/** The whole value, then its words; each also in the form that JSON escapes. */
function spellingsOf(value: string): string[] {
  const words = value.split(/[\s;,]+/).filter((word) => word.length >= leastLength);
  const all = [value, ...words].filter((text) => text !== '');
  return [...all, ...all.map((text) => JSON.stringify(text).slice(1, -1))];
}
