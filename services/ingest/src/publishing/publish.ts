import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerUnavailable, MessageTooLarge, type Broker } from '@callbus/broker/broker';
import type { EventMessage } from '@callbus/contracts/events/event';
import { batchesOf } from '@callbus/contracts/events/event-batch';
import type { Deduplicate } from '../deduplication/deduplicate.js';

/** The indices of events that were not published, because they had been published before. */
export type Repeats = ReadonlySet<number>;

/** Resolves when every event is safe. @throws BrokerUnavailable when an event may not be safe; MessageTooLarge before any event is published */
export type Publish = (events: readonly EventMessage[]) => Promise<Repeats>;

const noRepeats: Repeats = new Set();

/** Publishes all events at once, so that their confirms come back together. */
export function createPublish(broker: Broker): Publish {
  return async (events) => {
    requireRoom(broker, events);
    const [first, ...others] = events;
    if (first !== undefined && others.length === 0) await broker.publishEvent(first);
    else throwFirst(await Promise.allSettled(batchesOf(events).map((batch) => broker.publishBatch(batch))));
    return noRepeats;
  };
}

/** The `Retry-After` for a repeat of an event that another process is still publishing. */
const retryAfterS = 1;
const firstPauseMs = 10;
const longestPauseMs = 200;

/** An event and its place in its list. */
interface Placed {
  readonly event: EventMessage;
  readonly place: number;
}

/**
 * Publishes each event once within the window of `deduplicate`. A repeat within the request, or in another request to this process, shares the
 * outcome of the first. A repeat in another process waits until the first process has published the event or given its claim back. A
 * confirmed event is remembered even when the rest of its request failed.
 */
export function createPublishOnce(options: { broker: Broker; deduplicate: Deduplicate }): Publish {
  const { broker, deduplicate } = options;
  const underWay = new Map<string, Promise<void>>();

  return async (events) => {
    requireRoom(broker, events);
    const repeats = new Set<number>();
    const firsts = new Map<string, Placed>();
    const outcomes: Promise<void>[] = [];
    for (const [place, event] of events.entries()) {
      const { identity } = event.headers;
      const outcome = underWay.get(identity);
      if (outcome) outcomes.push(outcome);
      if (outcome || firsts.has(identity)) repeats.add(place);
      else firsts.set(identity, { event, place });
    }

    // `underWay` learns of the events before anything is awaited, so that no repeat slips in between.
    const outcome = publishFirsts([...firsts.values()], repeats).finally(() => {
      for (const identity of firsts.keys()) underWay.delete(identity);
    });
    for (const identity of firsts.keys()) underWay.set(identity, outcome);
    throwFirst(await Promise.allSettled([outcome, ...outcomes]));
    return repeats;
  };

  /** @param repeats receives the indices of events that were published before */
  async function publishFirsts(firsts: readonly Placed[], repeats: Set<number>): Promise<void> {
    const { fresh, claimed } = await claim(firsts, repeats);
    if (claimed.length === 0) await publishClaimed(fresh);
    else throwFirst(await Promise.allSettled([publishClaimed(fresh), publishAfterOthers(claimed, repeats)]));
  }

  async function claim(firsts: readonly Placed[], repeats: Set<number>) {
    const claims = await deduplicate.claim(firsts.map(({ event }) => event.headers.identity));
    const fresh: EventMessage[] = [];
    const claimed: Placed[] = [];
    for (const [index, first] of firsts.entries()) {
      if (claims[index] === 'repeat') repeats.add(first.place);
      else if (claims[index] === 'claimed') claimed.push(first);
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
   * Tries to claim events until the claims of other processes have ended. An event is then a repeat, or fresh when its claim was given back
   * or the claiming process has died.
   */
  async function publishAfterOthers(claimed: readonly Placed[], repeats: Set<number>): Promise<void> {
    const end = performance.now() + deduplicate.claimMs;
    let pauseMs = firstPauseMs;
    let waiting = claimed;
    while (waiting.length > 0) {
      if (performance.now() > end) throw new BrokerUnavailable('another process is publishing it', retryAfterS);
      await sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, longestPauseMs);
      const next = await claim(waiting, repeats);
      if (next.fresh.length > 0) await publishClaimed(next.fresh);
      waiting = next.claimed;
    }
  }
}

function requireRoom(broker: Pick<Broker, 'fits'>, events: readonly EventMessage[]): void {
  for (const { headers } of events) if (!broker.fits(headers)) throw new MessageTooLarge();
}

function identitiesIn(events: readonly EventMessage[]): string[] {
  return events.map(({ headers }) => headers.identity);
}

function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
