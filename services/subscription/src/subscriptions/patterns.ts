import { anyWords, isPattern } from '@callbus/contracts/subscriptions/pattern';
import type { Limits } from '../accounts/limits.js';

export type PatternLimits = Pick<Limits, 'patternWords' | 'patternHashes' | 'patternBytes'>;

/** A pattern that exceeds a limit. */
export interface Excess {
  /** The reason that the caller gets (`reasons.ts`). */
  readonly reason: 'pattern.words' | 'pattern.hashes' | 'pattern.bytes';
  readonly pattern: string;
  readonly limit: number;
}

/** @returns the first pattern that exceeds a limit, in the order of the names */
export function findExcess(names: readonly string[], limits: PatternLimits): Excess | undefined {
  const find = createFind(limits);
  for (const name of names) {
    const excess = find(name);
    if (excess !== undefined) return excess;
  }
  return undefined;
}

/**
 * The names without the patterns that exceed a limit. Such patterns were stored before there were limits, and would
 * slow down the workers.
 */
export function namesWithin(names: readonly string[], limits: PatternLimits): readonly string[] {
  const find = createFind(limits);
  return names.filter((name) => find(name) === undefined);
}

/** A search for excesses among the names of one subscription. It adds up the bytes of the allowed patterns. */
function createFind({ patternWords, patternHashes, patternBytes }: PatternLimits) {
  let bytesLeft = patternBytes;
  return (name: string): Excess | undefined => {
    if (!isPattern(name)) return undefined;
    const words = name.split('.');
    if (words.length > patternWords) return { reason: 'pattern.words', pattern: name, limit: patternWords };
    if (words.filter((word) => word === anyWords).length > patternHashes)
      return { reason: 'pattern.hashes', pattern: name, limit: patternHashes };
    const bytes = Buffer.byteLength(name);
    if (bytes > bytesLeft) return { reason: 'pattern.bytes', pattern: name, limit: patternBytes };
    bytesLeft -= bytes;
    return undefined;
  };
}
