/** The part of two words that differs: 0 for the same word, 1 for words that have nothing in common. */
export function differenceOf(one: string, other: string): number {
  if (one === other) return 0;
  const changes = distance(Array.from(one), Array.from(other), (a, b) => (a === b ? 0 : 1));
  return Math.min(1, changes / Math.max(one.length, other.length));
}

/** The edit distance of two lists (Levenshtein), in which adding or removing an item costs 1 unless told otherwise. */
export function distance<T>(
  from: readonly T[],
  to: readonly T[],
  costOf: (from: T, to: T) => number,
  costOfAdding: (added: T) => number = () => 1,
): number {
  let row = [0];
  for (const [at, added] of to.entries()) row.push((row[at] ?? 0) + costOfAdding(added));
  for (const [index, item] of from.entries()) {
    const next = [index + 1];
    for (const [at, other] of to.entries()) {
      const replaced = (row[at] ?? 0) + costOf(item, other);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + costOfAdding(other)));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
