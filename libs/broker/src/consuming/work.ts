import { setTimeout as sleep } from 'node:timers/promises';
import { decodeBatch } from '@callbus/contracts/event-batch';
import type { WorkQueue } from '@callbus/contracts/topology';
import type { Logger } from 'pino';
import type { Forwarded, Hold, ReceivedMessage, Settlement } from '../broker.js';
import { createGiveBack } from './give-back.js';
import type { NextStep } from '../next-step.js';
import type { Observers } from '../observing/observers.js';

/**
 * The answer to the broker for a message. `ack` removes it from its queue, `fail` returns it and counts against its delivery limit,
 * `release` returns it without a fault of the message.
 */
export type Verdict = 'ack' | 'fail' | 'release';

/**
 * @param mayReturn whether the message may return to its queue instead of waiting for the end of an alarm
 * @returns whether the next step is durable; false when further tries are pointless
 */
export type Forward = (step: NextStep, body: Buffer, mayReturn: boolean) => Promise<boolean>;

/** How long a message is kept from its queue after its handler has thrown. */
export const defaultFailurePauseMs = 1_000;
export const defaultGiveBackDelaysMs = [5_000, 60_000, 300_000];

/** What the consumer offers for a message that it has taken. */
export interface Held extends Hold {
  readonly forward: Forward;
  /** Whether the message has returned to its queue already. Until then its parts can still be forwarded, even when no new work may begin. */
  readonly isLost: () => boolean;
}

export interface WorkOptions {
  readonly queue: WorkQueue;
  /** The most events and other messages in the handler at once. The consumer's own prefetch counts messages, not the events in them. */
  readonly prefetch: number;
  readonly handle: (message: ReceivedMessage, hold: Hold) => Promise<Settlement>;
  readonly failurePauseMs: number;
  readonly giveBackDelaysMs: readonly number[];
  readonly observers: Pick<Observers, 'taken' | 'forwarded'>;
  readonly logger: Logger;
}

/** The most steps of one message under way at once, so that a message with very many steps does not crowd out all other messages. */
const stepsAtOnce = 256;

type Batch = NonNullable<ReturnType<typeof decodeBatch>>;

/** Takes one message through its handler to its verdict. Never rejects. */
export function createWork(options: WorkOptions) {
  const slots = createSlots(options.prefetch);
  const giveBack = createGiveBack({ ...options, delaysMs: options.giveBackDelaysMs });

  return async (received: ReceivedMessage, held: Held): Promise<Verdict> => {
    options.observers.taken(options.queue, received);
    const back = giveBack(received);
    if (back !== undefined)
      return orFail(received, async () => ((await held.forward(back, received.body, false)) ? 'ack' : 'release'));
    // A dead letter of the broker is not unpacked.
    const batch = options.queue === 'undelivered' ? undefined : decodeBatch(received.headers, received.body);
    const count = batch?.length ?? 1;
    const turn = slots.take(count);
    if (turn !== undefined) {
      await turn;
      if (!held.isOurs()) {
        slots.free(count);
        return 'release';
      }
    }
    return batch === undefined ? freeing(workOn(received, held)) : workOnBatch(batch, received, held);
  };

  async function freeing(working: Promise<Verdict>): Promise<Verdict> {
    const verdict = await working;
    slots.free(1);
    return verdict;
  }

  function workOn(received: ReceivedMessage, held: Held): Promise<Verdict> {
    return orFail(received, async () => {
      const settlement = await options.handle(received, held);
      if (settlement.kind === 'returned') return 'release';
      return (await isDurable(settlement, received, held)) ? 'ack' : 'release';
    });
  }

  /** @returns false when further tries are pointless */
  async function isDurable(
    settlement: Exclude<Settlement, { kind: 'returned' }>,
    received: ReceivedMessage,
    held: Held,
  ): Promise<boolean> {
    if (settlement.kind === 'done') return true;
    const { parts } = settlement;
    if (parts === undefined) return forwardAll(settlement, received, held);
    const settling = parts.map(async (part) => isDurable(await part, received, held));
    if (settlement.steps.length > 0) settling.push(forwardAll(settlement, received, held));
    return (await Promise.all(settling)).every(Boolean);
  }

  async function orFail({ headers }: ReceivedMessage, work: () => Promise<Verdict>): Promise<Verdict> {
    try {
      return await work();
    } catch (error) {
      options.logger.error(
        { err: error, queue: options.queue, eventId: headers['id'] },
        'handling failed, the message goes back to its queue',
      );
      await sleep(options.failurePauseMs);
      return 'fail';
    }
  }

  /** Handles each event as if the event had come alone. Only the ack waits for all events. */
  async function workOnBatch(batch: Batch, { isRedelivered }: ReceivedMessage, held: Held): Promise<Verdict> {
    const part = { ...held, isShared: batch.length > 1 };
    const verdicts = await Promise.all(batch.map((event) => freeing(workOnPart({ ...event, isRedelivered }, part))));
    return verdicts.find((verdict) => verdict === 'fail') ?? verdicts.find((verdict) => verdict !== 'ack') ?? 'ack';
  }

  /** An event that was redelivered may have crashed a worker, so it goes on alone. So does an event that fails. */
  async function workOnPart(event: ReceivedMessage, held: Held): Promise<Verdict> {
    const { forward, isOurs, isLost } = held;
    if (!event.isRedelivered && (await workOn(event, held)) === 'ack') return 'ack';
    if (isLost()) return 'release';
    const alone = { queue: 'events', headers: event.headers } as const;
    const wentOn = await orFail(event, async () => ((await forward(alone, event.body, true)) ? 'ack' : 'release'));
    // While the broker takes no messages the event is handled here.
    return wentOn === 'ack' || !isOurs() ? wentOn : workOn({ ...event, isRedelivered: true }, held);
  }

  async function forwardAll(
    { steps, mayReturn, onDurable }: Forwarded,
    { body, isRedelivered }: ReceivedMessage,
    { forward }: Held,
  ): Promise<boolean> {
    // A message may return only once, because a message that returns too often is poison.
    const mayReturnNow = mayReturn && !isRedelivered;
    for (let start = 0; start < steps.length; start += stepsAtOnce) {
      const some = steps.slice(start, start + stepsAtOnce);
      const forwarded = await Promise.all(some.map((step) => forward(step, body, mayReturnNow)));
      if (!forwarded.every(Boolean)) return false;
      for (const step of some) options.observers.forwarded(step);
    }
    onDurable?.();
    return true;
  }
}

/** Limits the events in work at once, except that the events of a batch begin together. Waiting messages go on in order. */
function createSlots(most: number) {
  let taken = 0;
  const waiting: { readonly count: number; readonly go: () => void }[] = [];

  return {
    /** @returns a promise to wait for when all slots are taken */
    take(count: number): Promise<void> | undefined {
      if (taken >= most || waiting.length > 0) return new Promise((go) => waiting.push({ count, go }));
      taken += count;
      return undefined;
    },
    free(count: number): void {
      taken -= count;
      for (let first = waiting[0]; first !== undefined && taken < most; first = waiting[0]) {
        waiting.shift();
        taken += first.count;
        first.go();
      }
    },
  };
}
