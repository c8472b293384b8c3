import { backoffMs } from '@callbus/concurrency/backoff';
import type { PublishingFault } from '../../broker.js';

/** What a message can meet; the others follow from the connection. */
export type Fault = Exclude<PublishingFault, 'away' | 'blocked'>;

/** A queue or an exchange that messages are published to, by way of any channel. */
export interface Target {
  readonly name: string;
  /** Since no message was taken in time. */
  fault: { readonly reason: Fault; readonly since: number; readonly at: number } | undefined;
  /** Channels that were given up for it since the last message was taken. */
  givenUp: number;
}

/** A target as one channel knows it. */
export interface Place {
  readonly target: Target;
  /** Whether this channel has had a message taken there. */
  isKnown: boolean;
  /** Since when it has had none taken, although there was one, and what was said last. */
  stuckSince: number | undefined;
  stuckFor: 'nacked' | 'no_confirm';
}

/** One failure among many successes says nothing about the next message. */
const lastingMs = 1_000;
/** When nothing is published any more, nobody knows. */
const forgottenMs = 30_000;

/**
 * How long a channel is waited for that is refused everything, and, in confirm time-outs, one that hears nothing: a channel that has
 * published before gets its confirms as soon as a queue has a new leader, 6 to 7 s after the old one hung (RabbitMQ 3.10),
 * while a new channel asks the old leader first. Doubled with each channel that was given up in vain.
 */
const refusedPatienceMs = 1_000;
const unheardPatienceTimeouts = { whenOtherIsKnown: 1, whenAlone: 2 };
const longestPatienceMs = 30_000;

export type PublishingHealth = ReturnType<typeof createPublishingHealth>;

/** Whether messages are taken, by where they go. Probes count for nothing here: they go to no queue. */
export function createPublishingHealth(now: () => number) {
  const targets = new Map<string, Target>();

  return {
    target(name: string): Target {
      let target = targets.get(name);
      if (target === undefined) targets.set(name, (target = { name, fault: undefined, givenUp: 0 }));
      return target;
    },

    taken(target: Target): void {
      target.fault = undefined;
      target.givenUp = 0;
    },
    failed(target: Target, reason: Fault): void {
      const at = now();
      const { fault } = target;
      // A queue that is missing behind taps refuses messages until it is there.
      const known = reason === 'nacked' && fault?.reason === 'returned' ? 'returned' : reason;
      target.fault = { reason: known, since: fault?.since ?? at, at };
    },
    /** The queue is there after all. */
    notMissing(target: Target): void {
      if (target.fault?.reason === 'returned') target.fault = { ...target.fault, reason: 'nacked' };
    },

    /** The fault that has lasted longest. */
    worst(): { readonly reason: Fault; readonly queue: string } | undefined {
      const at = now();
      const [worst] = [...targets.values()]
        .flatMap(({ name, fault }) => (fault === undefined ? [] : [{ ...fault, queue: name }]))
        .filter((fault) => at - fault.since >= lastingMs && at - fault.at <= forgottenMs)
        .sort((one, other) => one.since - other.since);
      return worst && { reason: worst.reason, queue: worst.queue };
    },
  };
}

export interface ChannelHealthOptions {
  readonly health: Pick<PublishingHealth, 'taken' | 'failed'>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly confirmTimeoutMs: number;
}

export type ChannelHealth = ReturnType<typeof createChannelHealth>;

/**
 * Whether one channel after the other has its messages taken: one of RabbitMQ 3.10 whose first message to a queue falls into the
 * election of its leader is refused everything there for as long as it lives, while other queues take what it sends.
 */
export function createChannelHealth({ health, now, confirmTimeoutMs }: ChannelHealthOptions) {
  const places = new Map<Target, Place>();
  /** When this channel last had a message taken. */
  let takenAt = -Infinity;

  /** Not for a queue that has taken messages from it before, while others take them. */
  const isDoubtful = ({ isKnown, stuckSince }: Place) => stuckSince !== undefined && !(isKnown && takenAt > stuckSince);

  function isStuck(place: Place, isKnownElsewhere: boolean): boolean {
    if (!isDoubtful(place)) return false;
    const { whenOtherIsKnown, whenAlone } = unheardPatienceTimeouts;
    const timeouts = isKnownElsewhere ? whenOtherIsKnown : whenAlone;
    const firstMs = place.stuckFor === 'nacked' ? refusedPatienceMs : timeouts * confirmTimeoutMs;
    const patienceMs = backoffMs(place.target.givenUp, { firstMs, longestMs: longestPatienceMs });
    return now() - (place.stuckSince ?? 0) >= patienceMs;
  }

  return {
    place(target: Target): Place {
      let place = places.get(target);
      if (place === undefined) {
        place = { target, isKnown: false, stuckSince: undefined, stuckFor: 'nacked' };
        places.set(target, place);
      }
      return place;
    },

    /** @param isInTime whether its publisher still waited */
    taken(place: Place, isInTime: boolean): void {
      place.isKnown = true;
      place.stuckSince = undefined;
      if (isInTime) health.taken(place.target);
    },
    /** Call it after a confirm that stood for messages. */
    noteTaken(at: number): void {
      takenAt = at;
    },
    nacked(place: Place): void {
      health.failed(place.target, 'nacked');
      place.stuckSince ??= now();
      place.stuckFor = 'nacked';
    },
    /** @param since when the message was published */
    unconfirmed(place: Place, since: number): void {
      health.failed(place.target, 'no_confirm');
      place.stuckSince ??= since;
      place.stuckFor = 'no_confirm';
    },
    /** What is missing is declared again: that says nothing of the channel. */
    returned(place: Place): void {
      health.failed(place.target, 'returned');
      place.stuckSince = undefined;
    },

    /** Another channel knows nothing of the last one. */
    opened(): void {
      takenAt = -Infinity;
      for (const place of places.values()) {
        place.isKnown = false;
        place.stuckSince = undefined;
      }
    },
    /** Whether there is a place for whose sake another channel would be better. */
    isDoubtful: () => [...places.values()].some(isDoubtful),
    /** Whether this channel has had a message taken there. */
    knows: (target: Target) => places.get(target)?.isKnown === true,
    /**
     * A place for whose sake another channel is worth trying, sooner when the publisher's other channel is known there: that one
     * stays, and needs no leader that answers a newcomer.
     */
    stuck: (isKnownElsewhere: (target: Target) => boolean): Place | undefined =>
      [...places.values()].find((place) => isStuck(place, isKnownElsewhere(place.target))),
  };
}
