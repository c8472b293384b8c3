export interface Turns {
  /** Resolves in this turn of the event loop or, when it has had its share, in one of the next. */
  next(): Promise<unknown>;
}

/** Lets what comes in crowds go on a few a turn of the event loop, so that whatever else comes is served in between. */
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
