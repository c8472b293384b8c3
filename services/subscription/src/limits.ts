/** What an account may ask of the bus, unless settings say otherwise; docs/limits.md has all of it. */
export const defaultLimits = {
  /** Dot-separated words of a pattern. */
  patternWords: 32,
  /** `#` of a pattern. */
  patternHashes: 4,
  /** Of all patterns of a subscription together. */
  patternBytes: 64 * 1024,
};

export type Limits = typeof defaultLimits;
