import { backoffMs } from '@callbus/concurrency/backoff';
import type { PublishingFault } from '../../broker.js';

/** The faults that a message can meet. The other faults belong to the connection. */
export type Fault = Exclude<PublishingFault, 'away' | 'blocked'>;

/** A queue or an exchange to which any channel publishes. */
export interface Target {
  readonly name: string;
  /** Since when no message was taken in time. */
  fault: { readonly reason: Fault; readonly since: number; readonly at: number } | undefined;
  /** The number of channels that were given up for it since the last message was taken. */
  givenUp: number;
}

/** A target as one channel knows it. */
export interface Place {
  readonly target: Target;
  /** Whether a message of this channel was taken there. */
  isKnown: boolean;
  /** Since when no message of this channel was taken, although there was one, and the last fault. */
  stuckSince: number | undefined;
  stuckFor: 'nacked' | 'no_confirm';
}

/** One failure among many successes says nothing about the next message. */
const lastingMs = 1_000;
/** Without further publishes the state becomes unknown. */
const forgottenMs = 30_000;

/**
 * How long a channel may be refused everything, and, in confirm time-outs, how long it may get no confirm. A channel that has published
 * before gets its confirms as soon as a queue has a new leader, 6 to 7 s after the old one hung (RabbitMQ 3.10), while a new channel asks
 * the old leader first. Doubled with each channel that was given up in vain.
 */
const refusedPatienceMs = 1_000;
const unheardPatienceTimeouts = { whenOtherIsKnown: 1, whenAlone: 2 };
const longestPatienceMs = 30_000;

export type PublishingHealth = ReturnType<typeof createPublishingHealth>;

/** Tells for each target whether messages are taken. Probes do not count, because they go to no queue. */
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
      // A missing queue behind taps refuses messages until it exists.
      const known = reason === 'nacked' && fault?.reason === 'returned' ? 'returned' : reason;
      target.fault = { reason: known, since: fault?.since ?? at, at };
    },
    /** The queue exists after all. */
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
 * Tells for one channel after the other whether its messages are taken. On RabbitMQ 3.10 a channel whose first message to a queue falls
 * into the election of the queue's leader is refused everything there for as long as it lives, while other queues take its messages.
 */
export function createChannelHealth({ health, now, confirmTimeoutMs }: ChannelHealthOptions) {
  const places = new Map<Target, Place>();
  /** When a message of this channel was last taken. */
  let takenAt = -Infinity;

  /** Whether the channel may be at fault: not at a known target, while other targets take its messages. */
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

    /** @param isInTime whether the publisher was still waiting */
    taken(place: Place, isInTime: boolean): void {
      place.isKnown = true;
      place.stuckSince = undefined;
      if (isInTime) health.taken(place.target);
    },
    /** Call it after a confirm of messages. */
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
    /** A missing queue is declared again, which tells nothing about the channel. */
    returned(place: Place): void {
      health.failed(place.target, 'returned');
      place.stuckSince = undefined;
    },

    /** A new channel begins without the history of the last one. */
    opened(): void {
      takenAt = -Infinity;
      for (const place of places.values()) {
        place.isKnown = false;
        place.stuckSince = undefined;
      }
    },
    /** Whether another channel would be better for one of the targets. */
    isDoubtful: () => [...places.values()].some(isDoubtful),
    /** Whether a message of this channel was taken there. */
    knows: (target: Target) => places.get(target)?.isKnown === true,
    /**
     * A target for which another channel is worth trying. That is sooner when the publisher's other channel is known there, because that
     * channel needs no leader that answers a new one.
     */
    stuck: (isKnownElsewhere: (target: Target) => boolean): Place | undefined =>
      [...places.values()].find((place) => isStuck(place, isKnownElsewhere(place.target))),
  };
}
