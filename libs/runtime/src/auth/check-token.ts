import { hash, timingSafeEqual } from 'node:crypto';

const digestOf = (text: string) => hash('sha256', text, 'buffer');

/** @returns a function that checks in constant time whether a text is the token */
export function createTokenCheck(token: string): (given: string) => boolean {
  const expected = digestOf(token);
  // Digests have equal lengths, which `timingSafeEqual` needs.
  return (given) => timingSafeEqual(digestOf(given), expected);
}
