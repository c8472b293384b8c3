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
export function createCheckedLookup({ addressPolicy, lookup = systemLookup }: CheckedOptions): LookupFunction {
  const shared = shareLookups(lookup);
  return (hostname, options, callback) => {
    shared(hostname, { ...options, all: true }, (error, addresses) => {
      const allowed = error ? [] : addresses.filter(({ address }) => addressPolicy.allowsAddress(address));
      const [first] = allowed;
      if (first === undefined) callback(error ?? new Error(`address not allowed: ${hostname}`), []);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * Who asks for a name that is being looked up gets the same answer. The system's look-ups take a thread each, of which there
 * are few: those of one name whose resolver is silent would soon have them all.
 */
function shareLookups(lookup: Lookup): Lookup {
  const underWay = new Map<string, Parameters<Lookup>[2][]>();
  return (hostname, options, callback) => {
    const key = `${options.family ?? 0} ${options.hints ?? 0} ${hostname}`;
    const asking = underWay.get(key);
    if (asking) {
      asking.push(callback);
      return;
    }
    const callbacks = [callback];
    underWay.set(key, callbacks);
    lookup(hostname, options, (error, addresses) => {
      underWay.delete(key);
      for (const each of callbacks) each(error, addresses);
    });
  };
}
