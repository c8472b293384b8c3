/** The part of two words that differs: 0 for the same word, 1 for words that have nothing in common. */
export function differenceOf(one: string, other: string): number {
  if (one === other) return 0;
  const changes = distance(Array.from(one), Array.from(other), (a, b) => (a === b ? 0 : 1));
  return Math.min(1, changes / Math.max(one.length, other.length));
}

/** The edit distance of two lists (Levenshtein), in which adding or removing an item costs 1. */
export function distance<T>(from: readonly T[], to: readonly T[], costOf: (from: T, to: T) => number): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, item] of from.entries()) {
    const next = [index + 1];
    for (const [at, other] of to.entries()) {
      const replaced = (row[at] ?? 0) + costOf(item, other);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
