import type { LookupFunction } from 'node:net';
import type { AddressPolicy } from './address-policy.js';
import { createLookup, type Lookup } from '../dns/look-up.js';

export interface CheckedOptions {
  readonly addressPolicy: Pick<AddressPolicy, 'allowsAddress' | 'checkHost'>;
  /** Default: a look-up that uses the resolver files of this machine. */
  readonly lookup?: Lookup | undefined;
}

/**
 * A failing look-up takes at least this long: longer than resolvers take to say that a name does not exist, shorter
 * than the shortest time-out of a callback.
 */
const leastFailureMs = 800;

/** Errors that concern the resolver, and reveal nothing about the name. */
const resolverCodes = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED', 'EAGAIN']);

/**
 * A look-up for sockets that returns only allowed addresses, and fails when a name has none. A name with public and
 * other addresses keeps the public ones: rejecting the name would add no safety, because the other addresses are not
 * connected to.
 *
 * A name that does not exist fails with the same words as a name without allowed addresses, and no sooner. Otherwise
 * callers could learn which internal names exist, because resolvers answer faster for those.
 */
export function createCheckedLookup({ addressPolicy, lookup = createLookup() }: CheckedOptions): LookupFunction {
  return (hostname, options, callback) => {
    const startMs = performance.now();
    const fail = (error: Error) =>
      setTimeout(callback, Math.ceil(startMs + leastFailureMs - performance.now()), error, []);
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const allowed = error ? [] : addresses.filter(({ address }) => addressPolicy.allowsAddress(address));
      const [first] = allowed;
      if (first === undefined) fail(failureOf(hostname, error));
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function failureOf(hostname: string, error: NodeJS.ErrnoException | null): Error {
  const isOfResolver = error?.code !== undefined && resolverCodes.has(error.code);
  return isOfResolver ? error : new Error(`${hostname} has no address that may be called`);
}
