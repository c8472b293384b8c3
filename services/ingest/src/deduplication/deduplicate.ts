/** Remembers for a while which events were published, and which are being published. Never rejects: while its store is away, no event is a repeat. */
export interface Deduplicate {
  /**
   * Claims identities for a publish of this process, so that no other process publishes them meanwhile. Call `confirm` or `giveBack` for each
   * identity that is `fresh`; without either call a claim ends after `claimMs`.
   *
   * @returns the state of each identity, in their order
   */
  claim(identities: readonly string[]): Promise<readonly Claim[]>;
  /** Call this when the broker has confirmed them, never before. */
  confirm(identities: readonly string[]): Promise<void>;
  /** Call this when the broker has not confirmed them, so that publishing them again is not taken for a repeat. */
  giveBack(identities: readonly string[]): Promise<void>;
  readonly claimMs: number;
}

/** `fresh`: ours to publish. `repeat`: published within the window. `claimed`: another process is publishing it. */
export type Claim = 'fresh' | 'repeat' | 'claimed';

/** For a single process. */
export function createMemoryDeduplicate(options: { windowS: number; now: () => number }): Deduplicate {
  const { now } = options;
  const windowMs = options.windowS * 1_000;
  /** Identity to epoch milliseconds of its expiry, soonest first. */
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
