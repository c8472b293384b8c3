/** Stands for exactly one word of an event's name. */
export const oneWord = '*';
/** Stands for any number of words, including none. */
export const anyWords = '#';

const wildcard = /(?:^|\.)[*#](?:\.|$)/;

/** Whether a name is a pattern: at least one of its words is a wildcard. `a*` is not a pattern. */
export function isPattern(name: string): boolean {
  return (name.includes(oneWord) || name.includes(anyWords)) && wildcard.test(name);
}
