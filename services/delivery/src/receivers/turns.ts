export interface Turns {
  /** Resolves in this turn of the event loop or, when this turn is full, in one of the next. */
  next(): Promise<unknown>;
}

/** Spreads a crowd of messages over turns of the event loop, a few per turn, so that other work is served in between. */
export function createTurns({ each }: { readonly each: number }): Turns {
  let come = 0;
  let latest: Promise<unknown> = Promise.resolve();

  return {
    next() {
      come += 1;
      if (come % each === 0) latest = latest.then(() => new Promise(setImmediate));
      return latest;
    },
  };
}
