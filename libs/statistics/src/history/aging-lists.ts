interface List<Item> {
  readonly items: Item[];
  bytes: number;
  extendedAt: number;
}

/** Estimates of the memory that a list needs beside its items, and an item beside its JSON. */
const listBytes = 300;
const itemBytes = 200;

const sizeOf = (item: unknown) => itemBytes + JSON.stringify(item).length;

/** Lists in memory, ordered by the time at which they were last extended. */
export function createAgingLists<Key, Item>({ lengthMax }: { lengthMax: number }) {
  const lists = new Map<Key, List<Item>>();
  let bytes = 0;

  return {
    push(key: Key, item: Item, now: number): void {
      const list = lists.get(key) ?? { items: [], bytes: 0, extendedAt: now };
      bytes -= list.bytes;
      list.bytes += sizeOf(item);
      list.items.push(item);
      if (list.items.length > lengthMax) list.bytes -= sizeOf(list.items.shift());
      list.extendedAt = now;
      bytes += list.bytes;
      // The list becomes the last one.
      lists.delete(key);
      lists.set(key, list);
    },

    get: (key: Key): readonly Item[] => lists.get(key)?.items ?? [],

    delete(key: Key): void {
      bytes -= lists.get(key)?.bytes ?? 0;
      lists.delete(key);
    },

    /** Deletes lists, the least recently extended first. @param isDue is asked before each list */
    deleteOldest(isDue: (extendedAt: number) => boolean): void {
      for (const [key, list] of lists) {
        if (!isDue(list.extendedAt)) return;
        bytes -= list.bytes;
        lists.delete(key);
      }
    },

    /** An estimate. */
    bytes: () => bytes + lists.size * listBytes,
  };
}
