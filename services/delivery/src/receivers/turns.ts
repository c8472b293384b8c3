export interface Turns {
  /** Resolves in this turn of the event loop or, when this turn is full, in one of the next. */
  next(): Promise<unknown>;
}

/** Spreads many messages over turns of the event loop, a few per turn, so that other work runs in between. */
export function createTurns({ each }: { readonly each: number }): Turns {
  let count = 0;
  let latest: Promise<unknown> = Promise.resolve();

  return {
    next() {
      count += 1;
      if (count % each === 0) latest = latest.then(() => new Promise(setImmediate));
      return latest;
    },
  };
}
