import { once } from 'node:events';

/** Closes everything that was opened, in reverse order. When one fails to close, the others are still closed. */
export interface ClosingStack {
  push(close: (cut: AbortSignal) => unknown): void;
  /** Once the time to drain has ended, `close` is not awaited any longer. */
  pushDraining(close: () => Promise<unknown>): void;
  /** @throws AggregateError of all that went wrong */
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
