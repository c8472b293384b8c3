/**
 * The open items of one channel by delivery tag. Tags count up from 1. This is not a Map, because V8's Map keeps its items alive for too long:
 * each table that a growing Map leaves behind refers to the next one, so that once one table is old, later items are collected only together
 * with the old generation (docs/decisions/0017-track-open-work-in-lists.md).
 */
export function createOpenTags<T>() {
  /** The item of tag `firstTag` comes first. Closed items are undefined. */
  let items: (T | undefined)[] = [];
  let firstTag = 1;
  /** The index of the oldest open item. */
  let oldest = 0;
  let size = 0;

  return {
    size: () => size,
    /** The tag after the last added one. */
    nextTag: () => firstTag + items.length,
    /** The tag of the oldest open item; the next tag when no item is open. */
    oldestTag: () => firstTag + oldest,
    /** All open items, the oldest first. */
    values: (): T[] => items.filter((item) => item !== undefined),
    get: (tag: number): T | undefined => items[tag - firstTag],

    /** Adds an item. Tags that are skipped count as closed. */
    add(tag: number, item: T): void {
      while (firstTag + items.length < tag) items.push(undefined);
      items.push(item);
      size += 1;
    },

    /** @param tag of an open item */
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
