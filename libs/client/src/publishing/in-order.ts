type Taken<Item> = { readonly item: Item } | { readonly end: true; readonly failure?: { readonly error: unknown } };

/**
 * Works on items, on at most `most` at once, and yields the results in the order of the items. It takes the next item while earlier ones
 * are under way. When the items end with an error, the results of the items before come first.
 *
 * @param work does not throw
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  most: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const iterator: Iterator<Item, unknown> | AsyncIterator<Item, unknown> =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();

  async function take(): Promise<Taken<Item>> {
    try {
      const next = await iterator.next();
      return next.done === true ? { end: true } : { item: next.value };
    } catch (error) {
      return { end: true, failure: { error } };
    }
  }

  const underWay: Promise<Result>[] = [];
  let taking: Promise<Taken<Item>> | undefined = take();
  let failure: { readonly error: unknown } | undefined;
  try {
    while (taking !== undefined || underWay.length > 0) {
      const [first] = underWay;
      const turn = await Promise.race([
        ...(taking !== undefined && underWay.length < most ? [taking] : []),
        ...(first === undefined ? [] : [first.then((result) => ({ result }))]),
      ]);
      if ('result' in turn) {
        void underWay.shift();
        yield turn.result;
      } else if ('item' in turn) {
        underWay.push(work(turn.item));
        taking = take();
      } else {
        taking = undefined;
        failure = turn.failure;
      }
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    // The reader has left early. The source may never yield again, so nobody waits for its end.
    if (taking !== undefined) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
