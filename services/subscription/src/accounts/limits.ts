/** The default limits of an account; docs/limits.md lists all limits. */
export const defaultLimits = {
  /** Dot-separated words of a pattern. */
  patternWords: 32,
  /** The `#` in a pattern. */
  patternHashes: 4,
  /** The bytes of all patterns of a subscription together. */
  patternBytes: 64 * 1024,
  /** Event names of a subscription. Every worker holds all names in memory, and each change is announced whole. */
  names: 1_000,

  /** Subscriptions of an account. */
  subscriptions: 10_000,
  /** The bytes of all subscriptions of an account together, as JSON: every worker holds them in memory. */
  subscriptionBytes: 256 * 1024 * 1024,
  /** The bytes of all patterns of an account together: the cost of a match grows with them. */
  accountPatternBytes: 1024 * 1024,
  /** Undelivered events of an account. Beyond this number the account cannot publish. */
  undelivered: 10_000_000,
  /** Replay jobs of an account at once. */
  replays: 100,

  /** Ping and telnet calls of an account per second, in one process. */
  probesPerSecond: 10,
  /** Ping and telnet calls that may come at once after a pause. */
  probesAtOnce: 100,
};

export type Limits = typeof defaultLimits;
