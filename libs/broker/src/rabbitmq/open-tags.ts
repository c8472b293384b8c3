/**
 * What is open on one channel, by delivery tag: tags count up from 1. Not a Map, because the table that a Map leaves behind
 * when it has filled up keeps its successor alive: once one of them is old, all that was open since is only collected with the old
 * (docs/decisions/0017-tables-left-behind.md).
 */
export function createOpenTags<T>() {
  /** That of `firstTag` first; undefined for those that are closed. */
  let items: (T | undefined)[] = [];
  let firstTag = 1;
  /** Place of the oldest that is open. */
  let oldest = 0;
  let size = 0;

  return {
    size: () => size,
    /** The one after the last that was added. */
    nextTag: () => firstTag + items.length,
    /** The next tag when nothing is open. */
    oldestTag: () => firstTag + oldest,
    /** Oldest first. */
    values: (): T[] => items.filter((item) => item !== undefined),
    get: (tag: number): T | undefined => items[tag - firstTag],

    /** Tags that are left out count as closed. */
    add(tag: number, item: T): void {
      while (firstTag + items.length < tag) items.push(undefined);
      items.push(item);
      size += 1;
    },

    /** Of one that is open. */
    close(tag: number): void {
      items[tag - firstTag] = undefined;
      size -= 1;
      while (oldest < items.length && items[oldest] === undefined) oldest += 1;
      if (oldest <= items.length / 2) return;
      items = items.slice(oldest);
      firstTag += oldest;
      oldest = 0;
    },
  };
}
