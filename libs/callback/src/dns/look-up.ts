import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { isLocalName } from '../network/address-policy.js';
import { createKnownNames, lookupFailure, type LookupResult } from './known-names.js';
import { createLookUpSlots } from './look-up-slots.js';
import { createResolveName, type ResolveName, type Resolved } from './resolve-name.js';
import { followResolverFiles, type ResolverPaths } from './resolver-files.js';

/** Like `dns.lookup` with `all: true`. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface LookupOptions {
  /** Addresses, optionally with a port, that replace the name servers of `/etc/resolv.conf`. */
  readonly servers?: readonly string[] | undefined;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/** How long a look-up waits for a slot, and then for its answer, before it fails. */
const slotTimeoutMs = 2_000;
const answerTimeoutMs = 5_000;
const tooManyNames = 'too many names of its domain are being looked up';
const noAnswer: Resolved = { kind: 'failure', code: 'ETIMEOUT', isSilent: true };
const loopback: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Looks names up without libuv's thread pool: `dns.lookup` occupies one of its threads for as long as a resolver is
 * silent, so that a few dead names would hold up all others. The order is `/etc/hosts`, then the resolvers, as in
 * `getaddrinfo` with `hosts: files dns`. Concurrent look-ups of a name share one answer. Addresses are cached for their
 * TTL, failures for some seconds.
 */
export const createLookup = (options: LookupOptions = {}): Lookup =>
  createLookupWith({ ...options, hostsPath: '/etc/hosts', resolvConfPath: '/etc/resolv.conf' });

/** The same with other files than those of the system. */
export function createLookupWith(options: LookupOptions & ResolverPaths): Lookup {
  const { servers, now = () => performance.now() } = options;
  const readFiles = followResolverFiles(options);
  const slots = createLookUpSlots();
  const known = createKnownNames({ now });
  const underWay = new Map<string, Promise<LookupResult>>();
  let files = readFiles();
  let resolveName: ResolveName | undefined;

  function rereadFiles(): void {
    const read = readFiles();
    if (read === files) return;
    files = read;
    resolveName = undefined;
    known.clear();
  }

  function resultAtOnce(name: string): LookupResult | undefined {
    const addresses = files.hosts.get(name) ?? (isLocalName(name) ? loopback : undefined);
    return addresses === undefined ? known.resultOf(name) : { addresses };
  }

  function lookUp(name: string): Promise<LookupResult> {
    const sharing = underWay.get(name);
    if (sharing !== undefined) return sharing;
    const looking = resolveInSlot(name).finally(() => underWay.delete(name));
    underWay.set(name, looking);
    return looking;
  }

  function resolveInSlot(name: string): Promise<LookupResult> {
    return new Promise((resolve) => {
      const end = (result: LookupResult) => {
        clearTimeout(timer);
        leave();
        resolve(result);
      };
      // A look-up that got no slot has learned nothing about the name.
      let timer = setTimeout(() => end({ error: lookupFailure(name, 'EAGAIN', tooManyNames) }), slotTimeoutMs);
      const leave = slots.take(name, known.standingOf(name), () => {
        clearTimeout(timer);
        let isOver = false;
        const settle = (resolved: Resolved) => {
          if (isOver) return;
          isOver = true;
          end(known.note(name, resolved));
        };
        timer = setTimeout(() => settle(noAnswer), answerTimeoutMs);
        resolveName ??= createResolveName(files, servers);
        void resolveName(name).then(settle);
      });
    });
  }

  return (hostname, { family }, callback) => {
    rereadFiles();
    const name = hostname.toLowerCase();
    void Promise.resolve(resultAtOnce(name) ?? lookUp(name)).then((result) => {
      if ('error' in result) {
        callback(result.error, []);
        return;
      }
      const wanted = result.addresses.filter((each) => isOfFamily(each, family));
      if (wanted.length > 0) callback(null, wanted);
      else callback(lookupFailure(name, 'ENOTFOUND', 'the name has no address of that family'), []);
    });
  };
}

function isOfFamily({ family }: LookupAddress, wanted: LookupAllOptions['family']): boolean {
  return wanted === undefined || wanted === 0 || wanted === family || wanted === `IPv${family}`;
}
