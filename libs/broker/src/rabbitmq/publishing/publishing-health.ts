import { backoffMs } from '@callbus/concurrency/backoff';
import type { PublishingFault } from '../../broker.js';

/** The faults of a message. All other faults are of the connection. */
type TargetFault = Exclude<PublishingFault, 'away' | 'blocked'>;

/** A queue or an exchange to which messages are published. All channels share it. */
export interface Target {
  readonly name: string;
  /** The last fault, at the time `at`. No message was taken within its time-out since the time `since`. */
  fault: { readonly reason: TargetFault; readonly since: number; readonly at: number } | undefined;
  /** The number of channels that were dropped because of this target since it last took a message. */
  givenUp: number;
}

/** The route of one channel to a target. */
export interface Route {
  readonly target: Target;
  /** Whether a message of this channel has been published to the target, and was not returned. */
  isTried: boolean;
  /** Whether the target has taken a message of this channel. */
  isKnown: boolean;
  /** The time since which every message of this channel has failed; undefined when none has. */
  stuckSince: number | undefined;
  /** The last failure. */
  stuckFor: 'nacked' | 'no_confirm';
}

/** A shorter fault is not reported, because one failure among many successes says nothing about the next message. */
const lastingMs = 1_000;
/** The longest time for which a fault is reported without further publishes. */
const forgottenMs = 30_000;

/**
 * How long every message of a channel may fail before the channel is dropped: while the target refuses messages, and, in confirm time-outs,
 * while no confirm comes. When the leader of a queue hangs, a channel that has published to the queue before gets confirms once there is a new
 * leader, after 6 to 7 s (RabbitMQ 3.10), but a new channel waits for the old leader first. The time doubles with each dropped channel.
 */
const dropWhenNackedMs = 1_000;
const dropWhenUnconfirmedTimeouts = { whenOtherIsKnown: 1, whenAlone: 2 };
const longestDropMs = 30_000;

export type PublishingHealth = ReturnType<typeof createPublishingHealth>;

/** Whether each target takes messages. Probes do not count, because they reach no queue. */
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
    failed(target: Target, reason: TargetFault): void {
      const at = now();
      const { fault } = target;
      // While a queue is missing, taps make the broker nack its messages instead of returning them.
      const known = reason === 'nacked' && fault?.reason === 'returned' ? 'returned' : reason;
      target.fault = { reason: known, since: fault?.since ?? at, at };
    },
    /** The queue of the target exists. */
    notMissing(target: Target): void {
      if (target.fault?.reason === 'returned') target.fault = { ...target.fault, reason: 'nacked' };
    },

    /** @returns the fault that has lasted longest */
    worst(): { readonly reason: TargetFault; readonly queue: string } | undefined {
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
 * Whether the messages of one channel are taken, for one channel after another. When a channel first publishes to a queue while the leader of
 * the queue is elected, RabbitMQ 3.10 refuses all further messages of that channel to that queue, while other queues take its messages.
 */
export function createChannelHealth({ health, now, confirmTimeoutMs }: ChannelHealthOptions) {
  const routes = new Map<Target, Route>();
  /** The time at which a message of this channel was last taken. */
  let takenAt = -Infinity;

  /** Whether the channel may be at fault. It is not when it knows the target and other targets take its messages. */
  const isDoubtful = ({ isKnown, stuckSince }: Route) => stuckSince !== undefined && !(isKnown && takenAt > stuckSince);

  function isStuck(route: Route, isKnownElsewhere: boolean): boolean {
    if (!isDoubtful(route)) return false;
    const { whenOtherIsKnown, whenAlone } = dropWhenUnconfirmedTimeouts;
    const timeouts = isKnownElsewhere ? whenOtherIsKnown : whenAlone;
    const firstMs = route.stuckFor === 'nacked' ? dropWhenNackedMs : timeouts * confirmTimeoutMs;
    const dropMs = backoffMs(route.target.givenUp, { firstMs, longestMs: longestDropMs });
    return now() - (route.stuckSince ?? 0) >= dropMs;
  }

  return {
    /** Notes a publish to the target. @returns its route */
    tried(target: Target): Route {
      let route = routes.get(target);
      if (route === undefined) {
        route = { target, isTried: false, isKnown: false, stuckSince: undefined, stuckFor: 'nacked' };
        routes.set(target, route);
      }
      route.isTried = true;
      return route;
    },

    /** @param isInTime whether the confirm came within the time-out */
    taken(route: Route, isInTime: boolean): void {
      route.isKnown = true;
      route.stuckSince = undefined;
      if (isInTime) health.taken(route.target);
    },
    /** Records the time at which a message was taken. */
    noteTaken(at: number): void {
      takenAt = at;
    },
    nacked(route: Route): void {
      health.failed(route.target, 'nacked');
      route.stuckSince ??= now();
      route.stuckFor = 'nacked';
    },
    /** @param since when the message was published */
    unconfirmed(route: Route, since: number): void {
      health.failed(route.target, 'no_confirm');
      route.stuckSince ??= since;
      route.stuckFor = 'no_confirm';
    },
    /** The queue is missing, and is declared again. That says nothing about the channel. */
    returned(route: Route): void {
      health.failed(route.target, 'returned');
      route.isTried = false;
      route.stuckSince = undefined;
    },

    /** A new channel was opened. It knows no target. */
    opened(): void {
      takenAt = -Infinity;
      for (const route of routes.values()) {
        route.isTried = false;
        route.isKnown = false;
        route.stuckSince = undefined;
      }
    },
    /** Whether another channel should be preferred. */
    isDoubtful: () => [...routes.values()].some(isDoubtful),
    /** Whether the target has taken a message of this channel. */
    knows: (target: Target) => routes.get(target)?.isKnown === true,
    /** Whether this channel has published to the target, which has not taken a message yet. */
    isTrying(target: Target): boolean {
      const route = routes.get(target);
      return route !== undefined && route.isTried && !route.isKnown;
    },
    /**
     * @param isKnownElsewhere whether the other channel of the publisher has published to the target. If so, this channel is dropped sooner,
     *   because the other channel gets confirms as soon as the queue has a new leader.
     * @returns a stuck route, for which the channel should be dropped
     */
    stuck: (isKnownElsewhere: (target: Target) => boolean): Route | undefined =>
      [...routes.values()].find((route) => isStuck(route, isKnownElsewhere(route.target))),
  };
}
