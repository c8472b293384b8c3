import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressPolicy } from './address-policy.js';

/** As `dns.lookup` with `all: true`. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface CheckedOptions {
  readonly addressPolicy: AddressPolicy;
  /** Default: the system's. */
  readonly lookup?: Lookup;
}

/**
 * undici's way of connecting, for hosts that the policy allows. The socket itself asks the checked look-up and knows no
 * other addresses, so there is no second look-up that could answer differently; TLS still checks the host's name.
 */
export function createCheckedConnect(options: CheckedOptions): buildConnector.connector {
  const connect = buildConnector({ lookup: createCheckedLookup(options) });
  return (target, callback) => {
    // Sockets look up names only; a literal address has to be judged here.
    const verdict = options.addressPolicy.checkHost(target.hostname);
    if (verdict.ok) connect(target, callback);
    else process.nextTick(callback, new Error(verdict.reason), null);
  };
}

/**
 * A look-up for sockets that answers only with allowed addresses and fails when a name has none. A name with public and
 * other addresses keeps the public ones: refusing it wholly would make no address safer that is not connected to.
 */
export function createCheckedLookup({ addressPolicy, lookup = systemLookup }: CheckedOptions): LookupFunction {
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
