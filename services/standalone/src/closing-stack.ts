/** What was opened, closed in reverse order; the rest is closed even when one of them fails to. */
export interface ClosingStack {
  push(close: () => unknown): void;
  /** @throws AggregateError of all that went wrong */
  close(): Promise<void>;
}

export function createClosingStack(): ClosingStack {
  const closers: (() => unknown)[] = [];
  return {
    push: (close) => void closers.push(close),
    async close() {
      const errors: unknown[] = [];
      for (const close of closers.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw new AggregateError(errors, 'not everything could be closed');
    },
  };
}
