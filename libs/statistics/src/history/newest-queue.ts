/** How many of the newest items wait at least, while the store is away. Older items are dropped, so that memory does not fill. */
const itemsKept = 20_000;

/** Items on their way to the store, oldest first. */
export function createNewestQueue<Item>() {
  let items: Item[] = [];
  return {
    push(item: Item): void {
      // Half is cut at once, because removing the first element of a long array moves all others.
      if (items.push(item) === 2 * itemsKept) items = items.slice(itemsKept);
    },

    /** Removes and returns at most `limit` items. */
    take: (limit: number): Item[] => items.splice(0, limit),

    size: () => items.length,
  };
}
