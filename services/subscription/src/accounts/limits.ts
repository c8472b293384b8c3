/** What an account may ask of the bus, unless settings say otherwise; docs/limits.md has all of it. */
export const defaultLimits = {
  /** Dot-separated words of a pattern. */
  patternWords: 32,
  /** `#` of a pattern. */
  patternHashes: 4,
  /** Of all patterns of a subscription together. */
  patternBytes: 64 * 1024,
  /** Event names of a subscription. Every worker holds every name in memory, and each change travels whole. */
  names: 1_000,

  /** Of an account. */
  subscriptions: 10_000,
  /** Of all subscriptions of an account together, as JSON: every worker holds them in memory. */
  subscriptionBytes: 256 * 1024 * 1024,
  /** Of all patterns of an account together: what a match may cost grows with them. */
  accountPatternBytes: 1024 * 1024,
  /** Undelivered events of an account; beyond it nothing more is taken of it. */
  undelivered: 10_000_000,
  /** Jobs of an account that send out undelivered events again, at once. */
  replays: 100,

  /** Ping and telnet of an account, through one process. */
  probesPerSecond: 10,
  /** Those after a pause. */
  probesAtOnce: 100,
};

export type Limits = typeof defaultLimits;
