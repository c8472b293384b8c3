import { renewedTable, returnsOf } from '@callbus/contracts/set-aside';
import type { WorkQueue } from '@callbus/contracts/topology';
import type { Logger } from 'pino';
import type { ReceivedMessage } from './broker.js';
import { nextSteps, type MessageHeaders, type NextStep } from './settle.js';
import type { Survivals } from './survivals.js';
import { createTrials, defaultQuietMs } from './trials.js';
import type { Held, Verdict } from './work.js';

/** Returns to its queue after which the broker makes a message undelivered by itself, and deaths after which this does. */
const deathsMost = 20;
/**
 * Returns from which on it is asked what they were, late enough to be rare, early enough to be before the broker's end; and deaths from
 * which on a message is on trial.
 */
const askedFrom = deathsMost / 2;

export interface ReturnsOptions {
  readonly survivals: Survivals;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
  /** How long a message is in hand before it is tried; a second unless told. */
  readonly quietMs?: number;
}

export type Returns = ReturnType<typeof createReturns>;

type Judgement =
  | { readonly kind: 'handle' }
  /** It may have ended its workers, or have been in hand when another did. */
  | { readonly kind: 'try'; readonly key: string }
  /** Instead of handling it. */
  | { readonly kind: 'forward'; readonly steps: readonly NextStep[] };

/**
 * Tells a message that ends its workers from one whose workers lost their connections, and from one that was only in hand when
 * another ended them. The broker counts the returns of all, and makes any undelivered. A return that a process has outlived is no fault
 * of the message: where there are such, the message is published anew before its count is full. What is left over is the deaths,
 * which have a limit still; from half of it on messages are tried one at a time.
 */
export function createReturns({ survivals, now, logger, quietMs = defaultQuietMs }: ReturnsOptions) {
  const tryAlone = createTrials({ survivals, quietMs });

  async function judge(queue: WorkQueue, received: ReceivedMessage): Promise<Judgement> {
    const { headers, table = headers } = received;
    const { now: counted, before } = returnsOf(headers);
    const returned = before + counted;
    const key = keyOf(headers);
    // Nobody gives up what is undelivered.
    if (returned < askedFrom || queue === 'undelivered' || key === undefined) return { kind: 'handle' };
    const outlived = await survivals.countOf(key);
    const deaths = returned - outlived;
    // Without any that it can tell from a death the broker's own limit holds.
    if (outlived > 0 || before > 0) {
      logger.info({ queue, eventId: headers['id'], returned, deaths }, 'a message came back often');
      if (deaths >= deathsMost) return { kind: 'forward', steps: poisonSteps(queue, received, returned, deaths) };
      if (counted >= askedFrom)
        return { kind: 'forward', steps: [{ queue, headers, table: renewedTable(table, returned) }] };
    }
    return deaths < askedFrom ? { kind: 'handle' } : { kind: 'try', key };
  }

  function poisonSteps(queue: WorkQueue, received: ReceivedMessage, returned: number, deaths: number) {
    const answer = `returned ${returned} times, ${deaths} times by a worker that was not heard of again`;
    return nextSteps(queue, received, { kind: 'undelivered', reason: 'poison', answer }, now());
  }

  async function forwardAll(steps: readonly NextStep[], { body }: ReceivedMessage, held: Held): Promise<Verdict> {
    for (const step of steps) if (!(await held.forward(step, body, true))) return 'release';
    return 'ack';
  }

  return {
    judge,
    /** Whether it has to be judged. */
    cameBack: ({ isRedelivered, headers }: ReceivedMessage) => isRedelivered || returnsOf(headers).before > 0,

    /** From a message that came back to its verdict. Never rejects. */
    async workOn(
      queue: WorkQueue,
      received: ReceivedMessage,
      held: Held,
      work: () => Promise<Verdict>,
    ): Promise<Verdict> {
      const judgement = await judge(queue, received);
      if (!held.isOurs()) return 'release';
      if (judgement.kind === 'forward') return forwardAll(judgement.steps, received, held);
      return judgement.kind === 'try' ? tryAlone(judgement.key, held, work) : work();
    },
    /** These went back to their queues, and this process goes on. */
    outlived(messages: readonly MessageHeaders[]): void {
      const keys = messages.map(keyOf).filter((key) => key !== undefined);
      if (keys.length > 0) survivals.note(keys);
    },
  };
}

/** The same for every copy of a message, and another for every other message; undefined for a stranger's. */
function keyOf(headers: MessageHeaders): string | undefined {
  const { identity, events, subscription, subscriptions, attempt } = headers;
  const whose: unknown = identity ?? firstIdentityIn(events);
  if (typeof whose !== 'string') return undefined;
  return JSON.stringify([whose, subscription ?? subscriptions, attempt]);
}

/** Of a batch. */
function firstIdentityIn(events: unknown): unknown {
  const first: unknown = Array.isArray(events) ? events[0] : undefined;
  return Array.isArray(first) ? first[1] : undefined;
}
