/**
 * Remembers for some time which events were published, and which are being published. Never rejects: while its store is
 * away, no event is a repeat.
 */
export interface Deduplicate {
  /**
   * Claims the identities of events for a publish of this process, so that no other process publishes the events
   * meanwhile. Call `confirm` or `giveBack` for each identity that is `fresh`. Without either call a claim ends after
   * `claimMs`.
   *
   * @returns the state of each identity, in the order of the identities
   */
  claim(identities: readonly string[]): Promise<readonly Claim[]>;
  /** Call this after the broker's confirm of the events, never before. */
  confirm(identities: readonly string[]): Promise<void>;
  /** Call this when the broker has not confirmed the events, so that they are not repeats when they are published again. */
  giveBack(identities: readonly string[]): Promise<void>;
  readonly claimMs: number;
}

/** `fresh`: this process publishes the event. `repeat`: published within the window. `claimed`: another process is publishing the event. */
export type Claim = 'fresh' | 'repeat' | 'claimed';

/** Remembers events in the memory of the only process that publishes. */
export function createMemoryDeduplicate(options: { windowS: number; now: () => number }): Deduplicate {
  const { now } = options;
  const windowMs = options.windowS * 1_000;
  /** The expiry of each identity in epoch milliseconds, earliest first. */
  const expiries = new Map<string, number>();

  const forgetExpired = () => {
    for (const [identity, expiresAt] of expiries) {
      if (expiresAt > now()) return;
      expiries.delete(identity);
    }
  };

  return {
    claimMs: 0,
    claim(identities) {
      forgetExpired();
      return Promise.resolve(identities.map((identity) => (expiries.has(identity) ? 'repeat' : 'fresh')));
    },
    confirm(identities) {
      for (const identity of identities) {
        expiries.delete(identity);
        expiries.set(identity, now() + windowMs);
      }
      return Promise.resolve();
    },
    giveBack: () => Promise.resolve(),
  };
}
