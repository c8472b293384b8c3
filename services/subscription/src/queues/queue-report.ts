import type { QueueState } from '@callbus/broker/broker';
import type { QueueName } from '@callbus/contracts/messages/topology';
import type { FlowTotals } from '@callbus/statistics/queue-flow';
import { createEventsWaiting } from './events-waiting.js';

/** The state of a queue for operators, in messages and messages per second. */
export interface QueueReport {
  readonly name: QueueName;
  readonly ready: number;
  /** Events in the ready messages; null when unknown. A message of `events` holds up to 64 events, any other message one. */
  readonly events: number | null;
  readonly consumers: number;
  /** Null when unknown, because no message has been taken from this queue yet. */
  readonly oldestAgeS: number | null;
  /** Null at the first look, and while the counts cannot be read. */
  readonly inRate: number | null;
  readonly outRate: number | null;
  /** 0 for an empty queue; null for a queue that does not shrink, and at the first look. */
  readonly drainS: number | null;
  /** Whether the queue has refused messages within the last minute, because a policy limits its length; null when unknown. */
  readonly isFull: boolean | null;
}

/** The state of all queues at one time. */
interface Look {
  readonly at: number;
  readonly states: readonly QueueState[];
  readonly totals: FlowTotals | undefined;
}

/** Long enough to smooth the bursts in which consumers get messages, short enough to follow a change within seconds. */
const rateWindowMs = 6_000;
const fullWindowMs = 60_000;

/**
 * Makes reports from the depths of the queues and the counts of all processes. The growth of a queue is its rate in minus
 * its rate out. One of the two is counted: the rate out of a work queue, or the rate into a retry queue. All times are in
 * epoch milliseconds.
 */
export function createQueueReports() {
  const looks: Look[] = [];
  const eventsWaiting = createEventsWaiting();
  const emptyAt = new Map<QueueName, number>();

  function report(state: QueueState, look: Look): QueueReport {
    const { name, ready, consumers } = state;
    const growth = growthOf(state, look);
    const enteredAt = headEnteredAt(name, look.totals);
    return {
      name,
      ready,
      events: eventsOf(state, look, enteredAt),
      consumers,
      oldestAgeS: ready === 0 ? 0 : enteredAt === undefined ? null : Math.max(0, look.at - enteredAt) / 1_000,
      ...ratesOf(name, growth, look),
      drainS: ready === 0 ? 0 : growth !== undefined && growth < 0 ? ready / -growth : null,
      isFull: ready === 0 ? false : isFull(name, look),
    };
  }

  /** The looks within a time before this look, the earliest first. */
  function looksWithin(windowMs: number, now: Look): readonly Look[] {
    return looks.filter(({ at }) => at < now.at && now.at - at <= windowMs);
  }

  /** The counts of this look, and of the earliest look within a time whose counts could be read. */
  function countsWithin(windowMs: number, now: Look) {
    const before = looksWithin(windowMs, now).find(({ totals }) => totals !== undefined);
    if (before?.totals === undefined || now.totals === undefined) return undefined;
    return { before: before.totals, now: now.totals, ms: now.at - before.at };
  }

  /** The growth of a queue in messages per second. */
  function growthOf({ name, ready }: QueueState, now: Look): number | undefined {
    const [before] = looksWithin(rateWindowMs, now);
    const readyBefore = before?.states.find((state) => state.name === name)?.ready;
    if (before === undefined || readyBefore === undefined) return undefined;
    return ((ready - readyBefore) / (now.at - before.at)) * 1_000;
  }

  /** A count may lag one second behind the depth. The depth then shows that more messages have passed. */
  function ratesOf(name: QueueName, growth: number | undefined, now: Look) {
    const counted = countedRate(name, now);
    if (growth === undefined || counted === undefined) return { inRate: null, outRate: null };
    const isRetry = name.startsWith('retry.');
    const outRate = isRetry ? Math.max(0, counted - growth) : Math.max(counted, -growth);
    return { inRate: Math.max(0, outRate + growth), outRate };
  }

  function countedRate(name: QueueName, now: Look): number | undefined {
    const counts = countsWithin(rateWindowMs, now);
    if (counts === undefined) return undefined;
    const counted = (counts.now.passed.get(name) ?? 0) - (counts.before.passed.get(name) ?? 0);
    return counted < 0 ? undefined : (counted / counts.ms) * 1_000;
  }

  function isFull(name: QueueName, now: Look): boolean | null {
    const counts = countsWithin(fullWindowMs, now);
    if (counts === undefined) return null;
    return (counts.now.refused.get(name) ?? 0) > (counts.before.refused.get(name) ?? 0);
  }

  /** Waiting messages entered the queue after the message that was taken last, and after the queue was last seen empty. */
  function headEnteredAt(name: QueueName, totals: FlowTotals | undefined): number | undefined {
    const known = [totals?.reached.get(name), emptyAt.get(name)].filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  function eventsOf({ name, ready }: QueueState, { totals, at }: Look, enteredAt: number | undefined): number | null {
    if (name !== 'events') return ready;
    if (totals === undefined) return ready === 0 ? 0 : null;
    return eventsWaiting.count(ready, totals.accepted, enteredAt, at);
  }

  return {
    /** @param totals undefined while the store of the counts is away */
    add(states: readonly QueueState[], totals: FlowTotals | undefined, now: number): QueueReport[] {
      const look = { at: now, states, totals };
      for (const { name, ready } of states) if (ready === 0) emptyAt.set(name, now);
      while (looks[0] !== undefined && now - looks[0].at > fullWindowMs) looks.shift();
      looks.push(look);
      return states.map((state) => report(state, look));
    },
  };
}
