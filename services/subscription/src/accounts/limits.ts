/** The default limits of an account; docs/limits.md lists all limits. */
export const defaultLimits = {
  /** Dot-separated words of a pattern. */
  patternWords: 32,
  /** The `#` in a pattern. */
  patternHashes: 4,
  /** The bytes of all patterns of a subscription. */
  patternBytes: 64 * 1024,
  /** Event names of a subscription. Workers hold all names in memory, and an announcement contains the whole subscription. */
  names: 1_000,

  /** Subscriptions of an account. */
  subscriptions: 10_000,
  /** The bytes of all subscriptions of an account as JSON, which every worker holds in memory. */
  subscriptionBytes: 256 * 1024 * 1024,
  /** The bytes of all patterns of an account, with which the cost of a match grows. */
  accountPatternBytes: 1024 * 1024,
  /** Undelivered events of an account. At this number the account cannot publish. */
  undelivered: 10_000_000,
  /** Replay jobs of an account at once. */
  replays: 100,
  /** Keys of an account, which every process that checks callers holds in memory. */
  keys: 1_000,

  /** Probes of an account per second by one process: ping, telnet and verification. */
  probesPerSecond: 10,
  /** Probes of an account at once after a pause. */
  probesAtOnce: 100,
};

export type Limits = typeof defaultLimits;
