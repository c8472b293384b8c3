import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@callbus/runtime/observability/logger';

export interface Loop {
  /** Ends the current pause. */
  readonly wake: () => void;
  /** Resolves when the current step has ended. */
  readonly stop: () => Promise<void>;
}

export interface Step {
  readonly stopping: AbortSignal;
  /** Logs a failure that does not end the step. */
  readonly noteFailure: (error: unknown) => void;
}

/**
 * Runs steps in the background until the loop is stopped, with a pause after a step that failed or found nothing to do.
 * The first of several failures in a row is logged.
 *
 * @param options.step returns true when there may be more to do
 * @param options.failure the log message of a failure
 */
export function runLoop(options: {
  step: (step: Step) => Promise<boolean>;
  pauseMs: number;
  failure: string;
  logger: Logger;
}): Loop {
  const { step, pauseMs, failure, logger } = options;
  const stopping = new AbortController();
  let pause = new AbortController();
  let isFailing = false;

  function noteFailure(error: unknown): void {
    if (!isFailing) logger.warn({ err: error }, failure);
    isFailing = true;
  }

  async function takeStep(): Promise<boolean> {
    try {
      const wasBusy = await step({ stopping: stopping.signal, noteFailure });
      isFailing = false;
      return wasBusy;
    } catch (error) {
      noteFailure(error);
      return false;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      pause = new AbortController();
      const wasBusy = await takeStep();
      if (!wasBusy) await sleep(pauseMs, undefined, { signal: pause.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    wake: () => pause.abort(),
    stop() {
      stopping.abort();
      pause.abort();
      return running;
    },
  };
}
