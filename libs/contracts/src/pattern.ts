/** In a pattern, exactly one word of an event's name. */
export const oneWord = '*';
/** In a pattern, any number of words, also none. */
export const anyWords = '#';

const wildcard = /(?:^|\.)[*#](?:\.|$)/;

/** Whether a name of a subscription has a wildcard for one of its words; `a*` has none. */
export function isPattern(name: string): boolean {
  return (name.includes(oneWord) || name.includes(anyWords)) && wildcard.test(name);
}
