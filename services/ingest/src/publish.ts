import type { Broker } from '@callbus/broker/broker';
import type { EventMessage } from '@callbus/contracts/event';
import { batchesOf } from '@callbus/contracts/event-batch';
import type { Deduplicate } from './deduplicate.js';

/** Resolves when every event is safe. @throws BrokerUnavailable when any is not */
export type Publish = (events: readonly EventMessage[]) => Promise<void>;

/** Publishes every event, all at once: the confirms come back together. */
export function createPublish(broker: Broker): Publish {
  return async (events) => {
    const [first, ...others] = events;
    if (first !== undefined && others.length === 0) await broker.publishEvent(first);
    else throwFirst(await Promise.allSettled(batchesOf(events).map((batch) => broker.publishBatch(batch))));
  };
}

/**
 * Publishes each event once within the window of `deduplicate`. A repeat within the request, or beside it in this
 * process, takes the outcome of the first; what was confirmed is remembered even when the rest of its request failed.
 */
export function createPublishOnce(options: { broker: Broker; deduplicate: Deduplicate }): Publish {
  const { broker, deduplicate } = options;
  const underWay = new Map<string, Promise<void>>();

  return async (events) => {
    const firsts = new Map<string, EventMessage>();
    const repeats: Promise<void>[] = [];
    for (const event of events) {
      const { identity } = event.headers;
      const outcome = underWay.get(identity);
      if (outcome) repeats.push(outcome);
      else if (!firsts.has(identity)) firsts.set(identity, event);
    }

    // Claimed before anything is awaited, so that no repeat slips in between.
    const outcome = publishFresh(firsts).finally(() => {
      for (const identity of firsts.keys()) underWay.delete(identity);
    });
    for (const identity of firsts.keys()) underWay.set(identity, outcome);
    throwFirst(await Promise.allSettled([outcome, ...repeats]));
  };

  async function publishFresh(events: ReadonlyMap<string, EventMessage>): Promise<void> {
    const published = await deduplicate.published([...events.keys()]);
    const fresh = [...events.values()].filter((event) => !published.has(event.headers.identity));
    const batches = batchesOf(fresh);
    const results = await Promise.allSettled(batches.map((batch) => broker.publishBatch(batch)));
    const confirmed = batches.filter((_, index) => results[index]?.status === 'fulfilled').flat();
    if (confirmed.length > 0) await deduplicate.remember(confirmed.map((event) => event.headers.identity));
    throwFirst(results);
  }
}

function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
