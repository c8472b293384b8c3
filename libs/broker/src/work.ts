import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkQueue } from '@callbus/contracts/topology';
import type { Logger } from 'pino';
import type { ConsumeOptions, DispatchedTask, Outcome, ReceivedMessage } from './broker.js';
import { nextSteps, type NextStep } from './settle.js';

/**
 * What to tell the broker about a message: `ack` takes it off the queue, `fail` gives it back and counts against its
 * delivery limit, `release` gives it back through no fault of its own.
 */
export type Verdict = 'ack' | 'fail' | 'release';

/**
 * @param mayReturn rather than wait for the end of an alarm the message goes back to its queue
 * @returns whether the next step is durable; false when there is no sense in trying on
 */
export type Forward = (step: NextStep, body: Buffer, mayReturn: boolean) => Promise<boolean>;

/** How long a message that made its handler throw is kept from its queue. */
export const defaultFailurePauseMs = 1_000;

export interface WorkOptions {
  readonly queue: WorkQueue;
  readonly handle: ConsumeOptions['handle'];
  readonly failurePauseMs: number;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Steps of one message under way at once, so that an event with very many subscriptions does not crowd out all others. */
const stepsAtOnce = 256;

/** One message from its handler to its verdict. Never rejects. */
export function createWork(options: WorkOptions) {
  return async (received: ReceivedMessage, forward: Forward): Promise<Verdict> => {
    try {
      const outcome = await options.handle(received);
      const steps = nextSteps(options.queue, received, outcome, options.now());
      const forwarded = steps.length === 0 ? [] : [forwardAll(steps, received, forward, outcome)];
      if (outcome.kind === 'dispatched')
        for (const task of outcome.tasks)
          if (task.outcome) forwarded.push(settleTask(task, task.outcome, received, forward));
      return (await Promise.all(forwarded)).every(Boolean) ? 'ack' : 'release';
    } catch (error) {
      options.logger.error(
        { err: error, queue: options.queue, eventId: received.headers['id'] },
        'handling failed, the message goes back to its queue',
      );
      await sleep(options.failurePauseMs);
      return 'fail';
    }
  };

  /** A task that needed no message of its own may need one now. */
  async function settleTask(
    { headers }: DispatchedTask,
    outcome: Promise<Outcome>,
    received: ReceivedMessage,
    forward: Forward,
  ): Promise<boolean> {
    const became = await outcome;
    if (became.kind === 'done') return true;
    return forwardAll(nextSteps('deliveries', { headers }, became, options.now()), received, forward, became);
  }
}

async function forwardAll(
  steps: readonly NextStep[],
  { body, isRedelivered }: ReceivedMessage,
  forward: Forward,
  { kind }: Outcome,
): Promise<boolean> {
  // Once, because a message that returns too often is poison, and only what has not been called.
  const mayReturn = !isRedelivered && (kind === 'park' || kind === 'dispatched');
  for (let start = 0; start < steps.length; start += stepsAtOnce) {
    const some = steps.slice(start, start + stepsAtOnce);
    const forwarded = await Promise.all(some.map((step) => forward(step, body, mayReturn)));
    if (!forwarded.every(Boolean)) return false;
  }
  return true;
}
