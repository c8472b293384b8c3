import { renewedTable, returnsOf } from '@callbus/contracts/set-aside';
import type { WorkQueue } from '@callbus/contracts/topology';
import type { Logger } from 'pino';
import type { ReceivedMessage } from './broker.js';
import { nextSteps, type MessageHeaders, type NextStep } from './settle.js';
import type { Survivals } from './survivals.js';

/** Returns to its queue after which the broker makes a message undelivered by itself, and deaths after which this does. */
const deathsMost = 20;
/** Returns from which on it is asked what they were: late enough to be rare, early enough to be before the broker's end. */
const askedFrom = deathsMost / 2;

export interface ReturnsOptions {
  readonly survivals: Survivals;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
}

export type Returns = ReturnType<typeof createReturns>;

/**
 * Tells a message that ends its workers from one whose workers lost their connections. The broker counts the returns of both, and makes
 * either undelivered. A return that a process has outlived is no fault of the message: where there are such, the message is published
 * anew before its count is full. What is left over is the deaths, which have a limit still.
 */
export function createReturns({ survivals, now, logger }: ReturnsOptions) {
  /** @returns what becomes of a message that came back instead of handling it; undefined to handle it */
  async function stepsOf(queue: WorkQueue, received: ReceivedMessage): Promise<readonly NextStep[] | undefined> {
    const { headers, table = headers } = received;
    const { now: counted, before } = returnsOf(headers);
    // Nobody gives up what is undelivered.
    if (counted < askedFrom || queue === 'undelivered') return undefined;
    const key = keyOf(headers);
    const outlived = key === undefined ? 0 : await survivals.countOf(key);
    // Then the broker's own limit holds.
    if (outlived === 0 && before === 0) return undefined;
    const returned = before + counted;
    const deaths = returned - outlived;
    logger.info({ queue, eventId: headers['id'], returned, deaths }, 'a message came back often');
    if (deaths < deathsMost) return [{ queue, headers, table: renewedTable(table, returned) }];
    const answer = `returned ${returned} times, ${deaths} times by a worker that was not heard of again`;
    return nextSteps(queue, received, { kind: 'undelivered', reason: 'poison', answer }, now());
  }

  return {
    stepsOf,
    /** These went back to their queues, and this process goes on. */
    outlived(messages: readonly MessageHeaders[]): void {
      const keys = messages.map(keyOf).filter((key) => key !== undefined);
      if (keys.length > 0) survivals.note(keys);
    },
  };
}

/** The same for every copy of a message, and another for every other message; undefined for a stranger's. */
function keyOf(headers: MessageHeaders): string | undefined {
  const { identity, events, subscription, subscriptions, attempt, parked } = headers;
  const whose: unknown = identity ?? firstIdentityIn(events);
  if (typeof whose !== 'string') return undefined;
  return JSON.stringify([whose, subscription ?? subscriptions, attempt, parked]);
}

/** Of a batch. */
function firstIdentityIn(events: unknown): unknown {
  const first: unknown = Array.isArray(events) ? events[0] : undefined;
  return Array.isArray(first) ? first[1] : undefined;
}
