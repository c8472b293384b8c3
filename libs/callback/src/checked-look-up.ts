import type { LookupFunction } from 'node:net';
import type { AddressPolicy } from './address-policy.js';
import { createLookup, type Lookup } from './dns/look-up.js';

export interface CheckedOptions {
  readonly addressPolicy: Pick<AddressPolicy, 'allowsAddress' | 'checkHost'>;
  /** Default: its own, by the files of this machine. */
  readonly lookup?: Lookup | undefined;
}

/**
 * A look-up for sockets that answers only with allowed addresses and fails when a name has none. A name with public and
 * other addresses keeps the public ones: refusing it wholly would make no address safer that is not connected to.
 */
export function createCheckedLookup({ addressPolicy, lookup = createLookup() }: CheckedOptions): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const allowed = error ? [] : addresses.filter(({ address }) => addressPolicy.allowsAddress(address));
      const [first] = allowed;
      if (first === undefined) callback(error ?? new Error(`address not allowed: ${hostname}`), []);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
