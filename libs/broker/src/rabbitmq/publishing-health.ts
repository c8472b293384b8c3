import type { PublishingFault } from '../broker.js';

/** What a message can meet; the others follow from the connection. */
export type Fault = Exclude<PublishingFault, 'away' | 'blocked'>;

/** A queue or an exchange that messages are published to. */
export interface Target {
  readonly name: string;
  /** Since no message was taken in time. */
  fault: { readonly reason: Fault; readonly since: number; readonly at: number } | undefined;
  /** Whether this channel has had a message taken there. */
  isKnown: boolean;
  /** Since when this channel has had none taken, although there was one. */
  stuckSince: number | undefined;
  /** Channels that were given up for it since the last message was taken. */
  givenUp: number;
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
const unheardPatienceTimeouts = 2;
const longestPatienceMs = 30_000;

export type PublishingHealth = ReturnType<typeof createPublishingHealth>;

/**
 * Whether messages are taken, by where they go: a channel of RabbitMQ 3.10 whose first message to a queue falls into the election of its
 * leader is refused everything there for as long as it lives, while other queues take what it sends. Probes count for nothing here:
 * they go to no queue.
 *
 * @param options.now monotonic milliseconds
 */
export function createPublishingHealth({ now, confirmTimeoutMs }: { now: () => number; confirmTimeoutMs: number }) {
  const targets = new Map<string, Target>();
  /** When this channel last had a message taken. */
  let takenAt = -Infinity;

  function isStuck({ isKnown, stuckSince, givenUp, fault }: Target): boolean {
    if (stuckSince === undefined || (isKnown && takenAt > stuckSince)) return false;
    const firstMs = fault?.reason === 'nacked' ? refusedPatienceMs : unheardPatienceTimeouts * confirmTimeoutMs;
    return now() - stuckSince >= Math.min(firstMs * 2 ** givenUp, longestPatienceMs);
  }

  return {
    target(name: string): Target {
      let target = targets.get(name);
      if (target === undefined) {
        target = { name, fault: undefined, isKnown: false, stuckSince: undefined, givenUp: 0 };
        targets.set(name, target);
      }
      return target;
    },

    /** @param isInTime whether its publisher still waited */
    taken(target: Target, isInTime: boolean): void {
      target.isKnown = true;
      target.stuckSince = undefined;
      if (!isInTime) return;
      target.fault = undefined;
      target.givenUp = 0;
    },
    /** Call it after a confirm that stood for messages. */
    noteTaken(at: number): void {
      takenAt = at;
    },
    /** @param since when the message was published that nobody confirmed */
    failed(target: Target, reason: Fault, since?: number): void {
      const at = now();
      const { fault } = target;
      // A queue that is missing behind taps refuses messages until it is there.
      const known = reason === 'nacked' && fault?.reason === 'returned' ? 'returned' : reason;
      target.fault = { reason: known, since: fault?.since ?? at, at };
      // What is missing is declared again, and what finds no room says nothing of the channel.
      if (reason === 'nacked' || reason === 'no_confirm') target.stuckSince ??= since ?? at;
    },

    /** The queue behind what was refused is not there. */
    missing(target: Target): void {
      const at = now();
      target.fault = { reason: 'returned', since: target.fault?.since ?? at, at };
      target.stuckSince = undefined;
    },
    /** @returns what the channel was given up for */
    gaveUp(target: Target): Fault | undefined {
      const { fault } = target;
      if (fault?.reason === 'returned') target.fault = { ...fault, reason: 'nacked' };
      target.givenUp += 1;
      return target.fault?.reason;
    },

    /** Another channel knows nothing of the last one. */
    channelOpened(): void {
      takenAt = -Infinity;
      for (const target of targets.values()) {
        target.isKnown = false;
        target.stuckSince = undefined;
      }
    },
    /** A target for whose sake another channel is worth trying. */
    stuck: (): Target | undefined => [...targets.values()].find(isStuck),

    /** The fault that has lasted longest. */
    worst(): { readonly reason: Fault; readonly queue: string } | undefined {
      const at = now();
      const [worst] = [...targets.values()]
        .flatMap(({ name, fault }) => (fault === undefined ? [] : [{ ...fault, queue: name }]))
        .filter((fault) => at - fault.since >= lastingMs && at - fault.at <= forgottenMs)
        .sort((one, other) => one.since - other.since);
      return worst;
    },
  };
}
