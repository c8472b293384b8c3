import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { isLocalName } from '../network/address-policy.js';
import { createLookUpPlaces, type LookUpPlacesOptions, type Standing } from './look-up-places.js';
import { createResolveName, type ResolveName, type Resolved } from './resolve-name.js';
import { followResolverFiles, type ResolverFilesOptions } from './resolver-files.js';

/** As `dns.lookup` with `all: true`. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface LookupOptions extends ResolverFilesOptions, LookUpPlacesOptions {
  /** Instead of the name servers of `/etc/resolv.conf`: addresses, with a port if need be. */
  readonly servers?: readonly string[] | undefined;
  /** How long a look-up waits for a place, and then for its answer, before it has failed. */
  readonly patienceMs?: { readonly place: number; readonly answer: number };
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

type Answer = { readonly addresses: readonly LookupAddress[] } | { readonly error: NodeJS.ErrnoException };

interface Known {
  readonly answer: Answer;
  readonly standing: Standing;
  /** Look-ups in a row that nobody answered. */
  readonly silences: number;
  readonly untilMs: number;
}

const defaultPatienceMs = { place: 2_000, answer: 5_000 };
/** However long an address may be kept: who moves a receiver in a hurry need not wait for longer. */
const longestTtlMs = 60_000;
/** Spares a name's own callbacks the deadline, and is over before its next attempt. */
const failureMs = 3_000;
const namesKept = 10_000;
/** A name that worked stays among those that work while the resolver itself is away for a moment. */
const silencesForgiven = 2;
const crowded = 'too many names of its domain are being looked up';
const noAnswer: Resolved = { kind: 'failure', code: 'ETIMEOUT', isSilent: true };
const loopback: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Looks names up off libuv's threads, of which `dns.lookup` takes one for as long as a resolver is silent: a handful of dead
 * names held up all others. `/etc/hosts`, then the resolvers, as `getaddrinfo` does with `hosts: files dns`. Who asks for a
 * name that is being looked up shares its answer; addresses are kept for their time to live, failures for some seconds.
 */
export function createLookup(options: LookupOptions = {}): Lookup {
  const { servers, patienceMs = defaultPatienceMs, now = () => performance.now() } = options;
  const readFiles = followResolverFiles(options);
  const places = createLookUpPlaces(options);
  const underWay = new Map<string, Promise<Answer>>();
  /** Also what is over, for its standing; oldest first. */
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

  function ask(name: string): Promise<Answer> {
    return new Promise((resolve) => {
      const end = (answer: Answer) => {
        clearTimeout(timer);
        underWay.delete(name);
        leave();
        resolve(answer);
      };
      // Without a turn nothing was learned of the name.
      let timer = setTimeout(() => end({ error: failureOf(name, 'EAGAIN', crowded) }), patienceMs.place);
      const leave = places.take(name, known.get(name)?.standing ?? 'unknown', () => {
        clearTimeout(timer);
        let isOver = false;
        const settle = (resolved: Resolved) => {
          if (isOver) return;
          isOver = true;
          end(keep(name, resolved).answer);
        };
        timer = setTimeout(() => settle(noAnswer), patienceMs.answer);
        resolveName ??= createResolveName(files, servers);
        void resolveName(name).then(settle);
      });
    });
  }

  function entryOf(name: string, resolved: Resolved): Known {
    if (resolved.kind === 'addresses') {
      const untilMs = now() + Math.min(resolved.ttlMs, longestTtlMs);
      return { answer: { addresses: resolved.addresses }, standing: 'answered', silences: 0, untilMs };
    }
    const { code, isSilent } = resolved;
    const error = failureOf(name, code, isSilent ? 'no answer from the resolver' : 'the name has no address');
    const before = known.get(name);
    const silences = isSilent ? (before?.silences ?? 0) + 1 : 0;
    const isForgiven = before?.standing === 'answered' && silences <= silencesForgiven;
    const standing = isForgiven ? 'answered' : isSilent ? 'silent' : 'unknown';
    return { answer: { error }, standing, silences, untilMs: now() + failureMs };
  }

  function keep(name: string, resolved: Resolved): Known {
    const entry = entryOf(name, resolved);
    known.delete(name);
    known.set(name, entry);
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size > namesKept) known.delete(oldest);
    return entry;
  }

  function atOnce(name: string): Answer | undefined {
    const addresses = files.hosts.get(name) ?? (isLocalName(name) ? loopback : undefined);
    if (addresses !== undefined) return { addresses };
    const entry = known.get(name);
    return entry !== undefined && now() < entry.untilMs ? entry.answer : undefined;
  }

  function share(name: string): Promise<Answer> {
    const asking = underWay.get(name) ?? ask(name);
    underWay.set(name, asking);
    return asking;
  }

  return (hostname, { family }, callback) => {
    readAgain();
    const name = hostname.toLowerCase();
    void Promise.resolve(atOnce(name) ?? share(name)).then((answer) => {
      if ('error' in answer) {
        callback(answer.error, []);
        return;
      }
      const wanted = answer.addresses.filter((each) => isOfFamily(each, family));
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
