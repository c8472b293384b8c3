import { CallbusError } from '../callbus-error.js';

export interface RetryOptions {
  /** How long a request is repeated, in milliseconds. The deduplication window of the bus has to be longer. Default: 60,000. */
  readonly forMs?: number;
  /** The first pause, in milliseconds, which doubles with each attempt. Default: 100. */
  readonly firstMs?: number;
  /** The longest pause, in milliseconds, except that the bus asks for a longer one. Default: 10,000. */
  readonly longestMs?: number;
}

/** Statuses after which the same request may succeed; 0 is no answer. */
const passing: ReadonlySet<number> = new Set([0, 408, 500, 502, 503, 504]);

/** A 429 without a pause says that the account is full, which no repetition changes. */
function mayPass({ status, retryAfterS }: CallbusError): boolean {
  return passing.has(status) || (status === 429 && retryAfterS !== undefined);
}

/**
 * Repeats what fails for a while. The pauses are random, so that many publishers do not return at the same moment.
 *
 * @throws CallbusError of the last attempt
 */
export async function repeat<Result>(attempt: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  const { forMs = 60_000, firstMs = 100, longestMs = 10_000 } = options;
  const end = performance.now() + forMs;
  for (let attempts = 0; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof CallbusError) || !mayPass(error)) throw error;
      const backoffMs = Math.min(longestMs, firstMs * 2 ** attempts) * (0.5 + Math.random() / 2);
      const pauseMs = (error.retryAfterS ?? 0) * 1_000 + backoffMs;
      if (performance.now() + pauseMs > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
