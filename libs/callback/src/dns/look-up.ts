import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { isLocalName } from '../network/address-policy.js';
import { createLookUpSlots, type LookUpSlotsOptions, type Standing } from './look-up-slots.js';
import { createResolveName, type ResolveName, type Resolved } from './resolve-name.js';
import { followResolverFiles, type ResolverFilesOptions } from './resolver-files.js';

/** Like `dns.lookup` with `all: true`. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface LookupOptions extends ResolverFilesOptions, LookUpSlotsOptions {
  /** Addresses, optionally with a port, that replace the name servers of `/etc/resolv.conf`. */
  readonly servers?: readonly string[] | undefined;
  /** How long a look-up waits for a slot, and then for its answer, before it fails. */
  readonly timeoutsMs?: { readonly slot: number; readonly answer: number };
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

type LookupResult = { readonly addresses: readonly LookupAddress[] } | { readonly error: NodeJS.ErrnoException };

interface Known {
  readonly result: LookupResult;
  readonly standing: Standing;
  /** Consecutive look-ups without an answer from any resolver. */
  readonly silences: number;
  readonly untilMs: number;
}

const defaultTimeoutsMs = { slot: 2_000, answer: 5_000 };
/**
 * Longest time that an address is cached, whatever its TTL: a receiver that moves in a hurry is found again within a
 * minute.
 */
const longestTtlMs = 60_000;
/**
 * How long a failure is cached: long enough to spare other callbacks to the name the deadline, and over before their
 * next attempt.
 */
const failureMs = 3_000;
const namesKept = 10_000;
/**
 * A name that was answered keeps its standing through this many silences: the resolver itself may be down for a moment.
 */
const silencesForgiven = 2;
const crowded = 'too many names of its domain are being looked up';
const noAnswer: Resolved = { kind: 'failure', code: 'ETIMEOUT', isSilent: true };
const loopback: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Looks names up without libuv's thread pool: `dns.lookup` occupies one of its threads for as long as a resolver is
 * silent, so that a handful of dead names held up all others. The order is `/etc/hosts`, then the resolvers, as in
 * `getaddrinfo` with `hosts: files dns`. Concurrent look-ups of a name share one answer. Addresses are cached for their
 * TTL, failures for some seconds.
 */
export function createLookup(options: LookupOptions = {}): Lookup {
  const { servers, timeoutsMs = defaultTimeoutsMs, now = () => performance.now() } = options;
  const readFiles = followResolverFiles(options);
  const slots = createLookUpSlots(options);
  const underWay = new Map<string, Promise<LookupResult>>();
  /** The last answer of each name, oldest first. Expired entries stay for their standing. */
  const known = new Map<string, Known>();
  let files = readFiles();
  let resolveName: ResolveName | undefined;

  function readAgain(): void {
    const read = readFiles();
    if (read === files) return;
    files = read;
    resolveName = undefined;
    known.clear();
  }

  function ask(name: string): Promise<LookupResult> {
    return new Promise((resolve) => {
      const end = (result: LookupResult) => {
        clearTimeout(timer);
        underWay.delete(name);
        leave();
        resolve(result);
      };
      // A look-up that got no slot has learned nothing about the name.
      let timer = setTimeout(() => end({ error: failureOf(name, 'EAGAIN', crowded) }), timeoutsMs.slot);
      const leave = slots.take(name, known.get(name)?.standing ?? 'unknown', () => {
        clearTimeout(timer);
        let isOver = false;
        const settle = (resolved: Resolved) => {
          if (isOver) return;
          isOver = true;
          end(keep(name, resolved).result);
        };
        timer = setTimeout(() => settle(noAnswer), timeoutsMs.answer);
        resolveName ??= createResolveName(files, servers);
        void resolveName(name).then(settle);
      });
    });
  }

  function entryOf(name: string, resolved: Resolved): Known {
    if (resolved.kind === 'addresses') {
      const untilMs = now() + Math.min(resolved.ttlMs, longestTtlMs);
      return { result: { addresses: resolved.addresses }, standing: 'answered', silences: 0, untilMs };
    }
    const { code, isSilent } = resolved;
    const error = failureOf(name, code, isSilent ? 'no answer from the resolver' : 'the name has no address');
    const before = known.get(name);
    const silences = isSilent ? (before?.silences ?? 0) + 1 : 0;
    const isForgiven = before?.standing === 'answered' && silences <= silencesForgiven;
    const standing = isForgiven ? 'answered' : isSilent ? 'silent' : 'unknown';
    return { result: { error }, standing, silences, untilMs: now() + failureMs };
  }

  function keep(name: string, resolved: Resolved): Known {
    const entry = entryOf(name, resolved);
    known.delete(name);
    known.set(name, entry);
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size > namesKept) known.delete(oldest);
    return entry;
  }

  function atOnce(name: string): LookupResult | undefined {
    const addresses = files.hosts.get(name) ?? (isLocalName(name) ? loopback : undefined);
    if (addresses !== undefined) return { addresses };
    const entry = known.get(name);
    return entry !== undefined && now() < entry.untilMs ? entry.result : undefined;
  }

  function share(name: string): Promise<LookupResult> {
    const asking = underWay.get(name) ?? ask(name);
    underWay.set(name, asking);
    return asking;
  }

  return (hostname, { family }, callback) => {
    readAgain();
    const name = hostname.toLowerCase();
    void Promise.resolve(atOnce(name) ?? share(name)).then((result) => {
      if ('error' in result) {
        callback(result.error, []);
        return;
      }
      const wanted = result.addresses.filter((each) => isOfFamily(each, family));
      if (wanted.length > 0) callback(null, wanted);
      else callback(failureOf(name, 'ENOTFOUND', 'the name has no address of that family'), []);
    });
  };
}

function isOfFamily({ family }: LookupAddress, wanted: LookupAllOptions['family']): boolean {
  return wanted === undefined || wanted === 0 || wanted === family || wanted === `IPv${family}`;
}

function failureOf(name: string, code: string, why: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`look-up of ${name} failed: ${why} (${code})`), { code });
}
