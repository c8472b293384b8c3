/**
 * Open items of one channel by delivery tag; tags count up from 1. This is not a Map: the table that a full Map leaves behind keeps its
 * successor alive, so that once one table is old, all later items are collected only with the old generation
 * (docs/decisions/0017-track-open-work-in-lists.md).
 */
export function createOpenTags<T>() {
  /** The item of `firstTag` first; undefined for closed items. */
  let items: (T | undefined)[] = [];
  let firstTag = 1;
  /** The index of the oldest open item. */
  let oldest = 0;
  let size = 0;

  return {
    size: () => size,
    /** The tag after the last one that was added. */
    nextTag: () => firstTag + items.length,
    /** The next tag when nothing is open. */
    oldestTag: () => firstTag + oldest,
    /** Oldest first. */
    values: (): T[] => items.filter((item) => item !== undefined),
    get: (tag: number): T | undefined => items[tag - firstTag],

    /** Skipped tags count as closed. */
    add(tag: number, item: T): void {
      while (firstTag + items.length < tag) items.push(undefined);
      items.push(item);
      size += 1;
    },

    /** The item of an open tag. */
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
