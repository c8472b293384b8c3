import { hash, timingSafeEqual } from 'node:crypto';

const digestOf = (text: string) => hash('sha256', text, 'buffer');

/** @returns whether what it is given is the token, in a time that tells nothing about the token */
export function createTokenCheck(token: string): (given: string) => boolean {
  const expected = digestOf(token);
  // Digests are equally long, as the comparison wants it.
  return (given) => timingSafeEqual(digestOf(given), expected);
}
