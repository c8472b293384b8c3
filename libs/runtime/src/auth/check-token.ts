import { hash, timingSafeEqual } from 'node:crypto';

const digestOf = (text: string) => hash('sha256', text, 'buffer');

/** @returns a function that checks, in constant time for each token, whether a text is one of them */
export function createTokenCheck(tokens: readonly string[]): (given: string) => boolean {
  const expected = tokens.map(digestOf);
  return (given) => {
    const digest = digestOf(given);
    // Digests have equal lengths, which `timingSafeEqual` needs.
    return expected.some((each) => timingSafeEqual(digest, each));
  };
}

/** The valid tokens, newest first: two while one is being replaced. */
export function validTokens(token: string, previous: string | undefined): readonly string[] {
  return previous === undefined ? [token] : [token, previous];
}
