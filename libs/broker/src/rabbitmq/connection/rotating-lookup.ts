import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/**
 * Looks up the addresses of a host name, and returns a different address first each time. The addresses may belong to several nodes, and
 * a hanging node accepts connections like the others.
 */
export function createRotatingLookup(): LookupFunction {
  let calls = Math.floor(Math.random() * 1_000);
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      calls += 1;
      const first = calls % addresses.length;
      const rotated = [...addresses.slice(first), ...addresses.slice(0, first)];
      if (options.all === true) callback(null, rotated);
      else callback(null, rotated[0]?.address ?? '', rotated[0]?.family ?? 0);
    });
  };
}
