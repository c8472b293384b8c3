/** Remembers for a while which events were published, and which are being published. Never rejects: without its memory nothing is a repeat. */
export interface Deduplicate {
  /**
   * Claims identities for a publish of this process, so that no other publishes them meanwhile. To be followed by `confirm`
   * or `giveBack` for each that is `fresh`; without either a claim ends after `claimMs`.
   *
   * @returns what each is, in their order
   */
  claim(identities: readonly string[]): Promise<readonly Claim[]>;
  /** To be called when the broker has confirmed them, never before. */
  confirm(identities: readonly string[]): Promise<void>;
  /** To be called when the broker has not: whoever publishes them again shall not be called a repeat. */
  giveBack(identities: readonly string[]): Promise<void>;
  readonly claimMs: number;
}

/** `fresh`: ours to publish. `repeat`: published within the window. `claimed`: another process is publishing it. */
export type Claim = 'fresh' | 'repeat' | 'claimed';

/** For one process alone, which knows by itself what it is publishing. */
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
