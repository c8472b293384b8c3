import { anyWords, isPattern } from '@callbus/contracts/pattern';
import type { Limits } from '../accounts/limits.js';

export type PatternLimits = Pick<Limits, 'patternWords' | 'patternHashes' | 'patternBytes'>;

/** A fault of a pattern, as `reasonFor` names it. */
export interface PatternFault {
  readonly reason: 'pattern.words' | 'pattern.hashes' | 'pattern.bytes';
  readonly pattern: string;
  readonly limit: number;
}

/** @returns the first pattern that is beyond a limit, in the order of the names */
export function findPatternFault(names: readonly string[], limits: PatternLimits): PatternFault | undefined {
  const find = createFind(limits);
  for (const name of names) {
    const fault = find(name);
    if (fault !== undefined) return fault;
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

/** Call the result for the names of one subscription in turn: it adds up the bytes of the allowed patterns. */
function createFind({ patternWords, patternHashes, patternBytes }: PatternLimits) {
  let bytesLeft = patternBytes;
  return (name: string): PatternFault | undefined => {
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
