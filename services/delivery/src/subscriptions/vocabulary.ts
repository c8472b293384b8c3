import { anyWords, oneWord } from '@callbus/contracts/subscriptions/pattern';

/** Numbers the words of patterns: numbers are compared and looked up in a fraction of the time of strings. */
export interface Vocabulary {
  /** @returns the numbers of the pattern's words, which are valid until the pattern is dropped as often as it was taken */
  take(pattern: string): number[];
  /** @returns the same numbers as `take` */
  drop(pattern: string): number[];
  /** The number of a literal word; undefined for a wildcard and for a word that no pattern has. */
  numberOf(word: string): number | undefined;
  /** All numbers are less than the size. */
  size(): number;
}

export const oneWordNumber = 0;
export const anyWordsNumber = 1;
const wildcards = new Map([
  [oneWord, oneWordNumber],
  [anyWords, anyWordsNumber],
]);
/** Stands for a word that was never taken. */
const unknown = -1;

export function createVocabulary(): Vocabulary {
  const numbers = new Map<string, number>();
  /** The number of uses of each word in patterns, indexed by the number of the word. */
  const uses = [0, 0];
  const free: number[] = [];

  function takeWord(word: string): number {
    const wildcard = wildcards.get(word);
    if (wildcard !== undefined) return wildcard;
    const number = numbers.get(word) ?? free.pop() ?? uses.length;
    const before = uses[number] ?? 0;
    if (before === 0) numbers.set(word, number);
    uses[number] = before + 1;
    return number;
  }

  function dropWord(word: string): number {
    const number = wildcards.get(word) ?? numbers.get(word) ?? unknown;
    if (number <= anyWordsNumber) return number;
    const left = (uses[number] ?? 0) - 1;
    uses[number] = left;
    if (left === 0) {
      numbers.delete(word);
      free.push(number);
    }
    return number;
  }

  return {
    take: (pattern) => wordsOf(pattern).map(takeWord),
    drop: (pattern) => wordsOf(pattern).map(dropWord),
    numberOf: (word) => numbers.get(word),
    size: () => uses.length,
  };
}

/** A pattern's words in one form for all patterns of the same meaning: `#.#` is `#`, and `#.*` is `*.#`. */
function wordsOf(pattern: string): string[] {
  const words: string[] = [];
  let hasAnyWords = false;
  for (const word of pattern.split('.')) {
    if (word === anyWords) {
      hasAnyWords = true;
      continue;
    }
    if (hasAnyWords && word !== oneWord) {
      words.push(anyWords);
      hasAnyWords = false;
    }
    words.push(word);
  }
  if (hasAnyWords) words.push(anyWords);
  return words;
}
