import type { LookupAddress } from 'node:dns';
import type { Standing } from './look-up-slots.js';
import type { Resolved } from './resolve-name.js';

export type LookupResult = { readonly addresses: readonly LookupAddress[] } | { readonly error: NodeJS.ErrnoException };

/** A cache of look-ups, which also remembers how reliably each name was answered. */
export interface KnownNames {
  /** @returns undefined when the name has to be looked up */
  resultOf(name: string): LookupResult | undefined;
  standingOf(name: string): Standing;
  note(name: string, resolved: Resolved): LookupResult;
  clear(): void;
}

interface Known {
  readonly result: LookupResult;
  readonly standing: Standing;
  /** Consecutive look-ups without an answer from any resolver. */
  readonly silences: number;
  readonly untilMs: number;
}

/**
 * The longest time for which an address is cached, even with a longer TTL: a receiver that has moved is found again within
 * one minute.
 */
const longestTtlMs = 60_000;
/**
 * How long a failure is cached, so that other callbacks to the name do not wait for the same time-out. It expires before their
 * next attempt.
 */
const failureMs = 3_000;
const namesKept = 10_000;
/**
 * A name that was answered keeps its standing through this many silences: the resolver itself may be down for a moment.
 */
const silencesForgiven = 2;

/** @param options.now monotonic milliseconds */
export function createKnownNames({ now }: { readonly now: () => number }): KnownNames {
  /** The last result of each name, oldest first. Expired entries stay for their standing. */
  const names = new Map<string, Known>();

  function knownFrom(name: string, resolved: Resolved): Known {
    if (resolved.kind === 'addresses') {
      const untilMs = now() + Math.min(resolved.ttlMs, longestTtlMs);
      return { result: { addresses: resolved.addresses }, standing: 'answered', silences: 0, untilMs };
    }
    const { code, isSilent } = resolved;
    const error = lookupFailure(name, code, isSilent ? 'no answer from the resolver' : 'the name has no address');
    const before = names.get(name);
    const silences = isSilent ? (before?.silences ?? 0) + 1 : 0;
    const isForgiven = before?.standing === 'answered' && silences <= silencesForgiven;
    const standing = isForgiven ? 'answered' : isSilent ? 'silent' : 'unknown';
    return { result: { error }, standing, silences, untilMs: now() + failureMs };
  }

  return {
    resultOf(name) {
      const known = names.get(name);
      return known !== undefined && now() < known.untilMs ? known.result : undefined;
    },
    standingOf: (name) => names.get(name)?.standing ?? 'unknown',
    note(name, resolved) {
      const known = knownFrom(name, resolved);
      names.delete(name);
      names.set(name, known);
      const [oldest] = names.keys();
      if (oldest !== undefined && names.size > namesKept) names.delete(oldest);
      return known.result;
    },
    clear: () => names.clear(),
  };
}

export function lookupFailure(name: string, code: string, reason: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`look-up of ${name} failed: ${reason} (${code})`), { code });
}
