import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/**
 * Looks up a name for a connection, and begins with the next of its addresses each time: one name may have several nodes, and a hanging
 * node accepts connections like the others.
 */
export function createRotatingLookup(): LookupFunction {
  let turn = Math.floor(Math.random() * 1_000);
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      turn += 1;
      const first = turn % addresses.length;
      const rotated = [...addresses.slice(first), ...addresses.slice(0, first)];
      if (options.all === true) callback(null, rotated);
      else callback(null, rotated[0]?.address ?? '', rotated[0]?.family ?? 0);
    });
  };
}
