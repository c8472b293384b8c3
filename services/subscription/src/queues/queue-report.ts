import type { QueueState } from '@callbus/broker/broker';
import type { QueueName } from '@callbus/contracts/topology';
import type { Flow } from '@callbus/statistics/queue-flow';

/** What operators are told of a queue. Rates are messages a second, null while nobody can tell what the workers take. */
export interface QueueReport {
  readonly name: QueueName;
  readonly ready: number;
  readonly consumers: number;
  /** Null where nobody knows: no message of this queue has told when it came in. */
  readonly oldestAgeS: number | null;
  readonly inRate: number | null;
  readonly outRate: number | null;
  /** 0 for an empty queue, null for one that does not get shorter, or when the rates are. */
  readonly drainS: number | null;
  /** Whether it has refused messages in the last minute, because a policy bounds its length. */
  readonly isFull: boolean | null;
}

interface Sample {
  readonly at: number;
  readonly states: readonly QueueState[];
}

/** The depth of then is compared with that of now; the flow is counted over about as long. */
const sampleIntervalMs = 10_000;
const samplesKept = 7;

/**
 * Makes reports of what the broker and the flow say. Of a work queue the flow counts what goes out, of a retry queue what
 * comes in; the other side follows from how its depth has changed. Pure: times are given, in epoch milliseconds.
 */
export function createQueueReports() {
  const samples: Sample[] = [];
  const emptyAt = new Map<QueueName, number>();

  function report(state: QueueState, flow: Flow | undefined, now: number): QueueReport {
    const { name, ready, consumers } = state;
    const known = { name, ready, consumers, oldestAgeS: ageOf(state, flow, now) };
    if (flow === undefined)
      return { ...known, inRate: null, outRate: null, drainS: ready === 0 ? 0 : null, isFull: null };
    const counted = ((flow.passed.get(name) ?? 0) / flow.windowMs) * 1_000;
    const growth = growthOf(state, now);
    const isRetry = name.startsWith('retry.');
    const inRate = isRetry ? counted : Math.max(0, counted + growth);
    const outRate = isRetry ? Math.max(0, counted - growth) : counted;
    const drainS = ready === 0 ? 0 : outRate > inRate ? ready / (outRate - inRate) : null;
    return { ...known, inRate, outRate, drainS, isFull: (flow.refused.get(name) ?? 0) > 0 };
  }

  /** Messages a second. */
  function growthOf({ name, ready }: QueueState, now: number): number {
    const [first] = samples;
    const before = first?.states.find((state) => state.name === name)?.ready;
    return first === undefined || before === undefined || now <= first.at
      ? 0
      : ((ready - before) / (now - first.at)) * 1_000;
  }

  function ageOf({ name, ready }: QueueState, flow: Flow | undefined, now: number): number | null {
    if (ready === 0) return 0;
    const reached = flow?.reached.get(name) ?? emptyAt.get(name);
    return reached === undefined ? null : Math.max(0, now - Math.max(reached, emptyAt.get(name) ?? 0)) / 1_000;
  }

  return {
    /** @param flow undefined while its store is away */
    add(states: readonly QueueState[], flow: Flow | undefined, now: number): QueueReport[] {
      for (const { name, ready } of states) if (ready === 0) emptyAt.set(name, now);
      const reports = states.map((state) => report(state, flow, now));
      if (now - (samples.at(-1)?.at ?? -Infinity) >= sampleIntervalMs) samples.push({ at: now, states });
      while (samples.length > samplesKept) samples.shift();
      return reports;
    },
  };
}
