import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@callbus/runtime/observability/logger';

export interface Loop {
  /** Takes the next step without waiting. */
  readonly wake: () => void;
  /** Resolves when the step under way has ended. */
  readonly stop: () => Promise<void>;
}

export interface Step {
  readonly stopping: AbortSignal;
  /** Notes a failure that does not end the step. */
  readonly noteFailure: (error: unknown) => void;
}

/**
 * Work in the background: one step after the other until the loop is stopped, with a pause after a step that failed or
 * found nothing to do. A failure is logged once per outage, not once per step.
 *
 * @param options.step returns true when there may be more to do
 * @param options.failure the message that is logged
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
