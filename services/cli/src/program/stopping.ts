import { exitCodes } from './exit-codes.js';

/** npm passes SIGINT on to a process that already has it from the terminal: signals this close together are one Ctrl-C. */
const oneKeyMs = 500;

/** SIGHUP: the terminal was closed. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** After this time a user may think that nothing happens. */
const patienceMs = 1_000;

export interface Stopping {
  readonly signal: AbortSignal;
  /** Leaves the signals to their defaults again. */
  end(): void;
}

/**
 * Lets signals end a command: at once, or so that it ends itself and a second Ctrl-C ends it at once. A command that ends itself also
 * does so when nobody reads its output any more, as `head` after some lines.
 *
 * @param endsItself whether the command watches the signal
 * @param hint tells the user how to end a command that takes its time
 */
export function watchSignals(endsItself: boolean, hint: () => void): Stopping {
  const stop = new AbortController();
  let stoppedAt = -Infinity;

  function take(): void {
    const isAgain = stop.signal.aborted && performance.now() - stoppedAt > oneKeyMs;
    if (!endsItself || isAgain) process.exit(exitCodes.interrupted);
    if (stop.signal.aborted) return;
    stoppedAt = performance.now();
    setTimeout(hint, patienceMs).unref();
    stop.abort();
  }

  const loseReader = () => stop.abort();
  for (const name of signals) process.on(name, take);
  process.stdout.on('error', loseReader);
  return {
    signal: stop.signal,
    end() {
      for (const name of signals) process.off(name, take);
      process.stdout.off('error', loseReader);
    },
  };
}
