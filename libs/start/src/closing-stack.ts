import { once } from 'node:events';

/** Closes resources in the reverse order of their opening. If one close fails, the others still run. */
export interface ClosingStack {
  push(close: (cut: AbortSignal) => unknown): void;
  /** Pushes a close that is not awaited after the time to drain. */
  pushDraining(close: () => Promise<unknown>): void;
  /** @throws AggregateError of all failures */
  close(cut?: AbortSignal): Promise<void>;
}

export function createClosingStack(): ClosingStack {
  const closers: ((cut: AbortSignal) => unknown)[] = [];
  return {
    push: (close) => void closers.push(close),
    pushDraining: (close) => void closers.push((cut) => cut.aborted || Promise.race([close(), once(cut, 'abort')])),
    async close(cut = new AbortController().signal) {
      const errors: unknown[] = [];
      for (const close of closers.splice(0).reverse()) {
        try {
          await close(cut);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw new AggregateError(errors, 'not everything could be closed');
    },
  };
}
