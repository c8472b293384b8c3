import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressPolicy } from './address-policy.js';
import { createLookup, type Lookup } from './dns/look-up.js';

export interface CheckedOptions {
  readonly addressPolicy: AddressPolicy;
  /** Default: its own, by the files of this machine. */
  readonly lookup?: Lookup | undefined;
}

/**
 * undici's way of connecting, for hosts that the policy allows. The socket itself asks the checked look-up and knows no
 * other addresses, so there is no second look-up that could answer differently; TLS still checks the host's name.
 */
export function createCheckedConnect(
  options: CheckedOptions & { readonly connectTimeoutMs: number },
): buildConnector.connector {
  const connect = buildConnector({ lookup: createCheckedLookup(options), timeout: options.connectTimeoutMs });
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
