import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerUnavailable, MessageTooLarge, type Broker } from '@callbus/broker/broker';
import { backoffMs } from '@callbus/concurrency/backoff';
import type { EventMessage } from '@callbus/contracts/events/event';
import { batchesOf } from '@callbus/contracts/events/event-batch';
import type { Deduplicate } from '../deduplication/deduplicate.js';

/** The indices of the events that were not published again, because they had been published before. */
export type Repeats = ReadonlySet<number>;

/**
 * Resolves when every event is confirmed.
 *
 * @throws BrokerUnavailable when an event may not be confirmed; MessageTooLarge before any event is published
 */
export type Publish = (events: readonly EventMessage[]) => Promise<Repeats>;

const noRepeats: Repeats = new Set();

/** Publishes all events at once, so that the broker can confirm them together. */
export function createPublish(broker: Broker): Publish {
  return async (events) => {
    requireFit(broker, events);
    const [first] = events;
    if (first !== undefined && events.length === 1) await broker.publishEvent(first);
    else throwFirst(await Promise.allSettled(batchesOf(events).map((batch) => broker.publishBatch(batch))));
    return noRepeats;
  };
}

/** The `Retry-After` for a repeat of an event that another process is still publishing. */
const retryAfterS = 1;
/** The pauses between attempts to claim an event that another process has claimed. */
const claimPauses = { firstMs: 10, longestMs: 200 };

/** An event and its index in the list of its request. */
interface Indexed {
  readonly event: EventMessage;
  readonly index: number;
}

/**
 * Publishes each event once within the window of `deduplicate`. A repeat in the same request, or in another request to
 * this process, shares the result of the first. A repeat in another process waits until the first process has published
 * the event or given its claim back. A confirmed event is remembered even when other events of its request failed.
 */
export function createPublishOnce(options: { broker: Broker; deduplicate: Deduplicate }): Publish {
  const { broker, deduplicate } = options;
  /** The results of the publishes in progress, by the identity of the event. */
  const inProgress = new Map<string, Promise<void>>();

  return async (events) => {
    requireFit(broker, events);
    const repeats = new Set<number>();
    const firsts: Indexed[] = [];
    const others: Promise<void>[] = [];
    let settle: (result: Promise<void>) => void = () => undefined;
    const own = new Promise<void>((resolve) => (settle = resolve));
    // No await comes before the events are in `inProgress`, so that a repeat cannot be missed in between.
    for (const [index, event] of events.entries()) {
      const { identity } = event.headers;
      const other = inProgress.get(identity);
      if (other === undefined) {
        inProgress.set(identity, own);
        firsts.push({ event, index });
      } else {
        repeats.add(index);
        if (other !== own) others.push(other);
      }
    }
    settle(
      publishFirsts(firsts, repeats).finally(() => {
        for (const { event } of firsts) inProgress.delete(event.headers.identity);
      }),
    );
    throwFirst(await Promise.allSettled([own, ...others]));
    return repeats;
  };

  /** @param repeats receives the indices of events that were published before */
  async function publishFirsts(firsts: readonly Indexed[], repeats: Set<number>): Promise<void> {
    const { fresh, claimed } = await claim(firsts, repeats);
    if (claimed.length === 0) await publishClaimed(fresh);
    else throwFirst(await Promise.allSettled([publishClaimed(fresh), publishAfterOthers(claimed, repeats)]));
  }

  async function claim(firsts: readonly Indexed[], repeats: Set<number>) {
    const claims = await deduplicate.claim(firsts.map(({ event }) => event.headers.identity));
    const fresh: EventMessage[] = [];
    const claimed: Indexed[] = [];
    for (const [at, first] of firsts.entries()) {
      if (claims[at] === 'repeat') repeats.add(first.index);
      else if (claims[at] === 'claimed') claimed.push(first);
      else fresh.push(first.event);
    }
    return { fresh, claimed };
  }

  async function publishClaimed(events: readonly EventMessage[]): Promise<void> {
    const batches = batchesOf(events);
    const results = await Promise.allSettled(batches.map((batch) => broker.publishBatch(batch)));
    const identitiesOf = (status: 'fulfilled' | 'rejected') =>
      batches.filter((_, index) => results[index]?.status === status).flatMap(identitiesIn);
    const confirmed = identitiesOf('fulfilled');
    const failed = confirmed.length === events.length ? [] : identitiesOf('rejected');
    await Promise.all([
      confirmed.length > 0 && deduplicate.confirm(confirmed),
      failed.length > 0 && deduplicate.giveBack(failed),
    ]);
    throwFirst(results);
  }

  /**
   * Tries to claim events until the claims of other processes have ended. An event is then a repeat, or fresh if its
   * claim was given back or the claiming process has died.
   */
  async function publishAfterOthers(claimed: readonly Indexed[], repeats: Set<number>): Promise<void> {
    const end = performance.now() + deduplicate.claimMs;
    let waiting = claimed;
    for (let attempts = 0; waiting.length > 0; attempts += 1) {
      if (performance.now() > end) throw new BrokerUnavailable('another process is publishing the event', retryAfterS);
      await sleep(backoffMs(attempts, claimPauses));
      const next = await claim(waiting, repeats);
      if (next.fresh.length > 0) await publishClaimed(next.fresh);
      waiting = next.claimed;
    }
  }
}

function requireFit(broker: Pick<Broker, 'fits'>, events: readonly EventMessage[]): void {
  for (const { headers } of events) if (!broker.fits(headers)) throw new MessageTooLarge();
}

function identitiesIn(events: readonly EventMessage[]): string[] {
  return events.map(({ headers }) => headers.identity);
}

function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
