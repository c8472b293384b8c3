import type { LookupAddress, RecordWithTtl } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResolverFiles } from './resolver-files.js';

/** The answer of the resolvers for a name. */
export type Resolved =
  | { readonly kind: 'addresses'; readonly addresses: readonly LookupAddress[]; readonly ttlMs: number }
  /** `isSilent`: no resolver answered in time. */
  | { readonly kind: 'failure'; readonly code: string; readonly isSilent: boolean };

/** Never rejects. */
export type ResolveName = (name: string) => Promise<Resolved>;

/** c-ares doubles the time-out for the second try, and moves a server that has failed to the end of its order. */
const resolverOptions = { timeout: 1_000, tries: 2 };
/**
 * How long a look-up waits for the addresses of a family after those of the other family have arrived. RFC 8305 says
 * 50 ms for IPv6. IPv4 gets more time, because IPv6 addresses alone may all be unreachable.
 */
const waitForOtherMs = { four: 1_000, six: 50 };
/** Longest time that addresses of one family are cached when no resolver answered for the other family. */
const oneFamilyTtlMs = 5_000;

/**
 * Resolves A and AAAA records with c-ares, which needs no thread. Applies the search domains and `ndots` of
 * `resolv.conf`, which c-ares honours only for `getaddrinfo`.
 *
 * @param servers replace the name servers of the file
 */
export function createResolveName(files: ResolverFiles, servers: readonly string[] | undefined): ResolveName {
  const resolver = new Resolver(resolverOptions);
  const used = servers ?? files.servers;
  if (used !== undefined) setServers(resolver, used);

  async function resolve(name: string): Promise<Resolved> {
    const query4 = query(resolver.resolve4(name, { ttl: true }), 4);
    const query6 = query(resolver.resolve6(name, { ttl: true }), 6);
    const [four, six] = await Promise.all([
      unlessLate(query4, { behind: query6, byMs: waitForOtherMs.four }),
      unlessLate(query6, { behind: query4, byMs: waitForOtherMs.six }),
    ]);
    if (four.kind === 'addresses') return six.kind === 'addresses' ? both(four, six) : oneFamily(four, six);
    if (six.kind === 'addresses') return oneFamily(six, four);
    return four.isSilent ? four : six;
  }

  return async (name) => {
    let latest: Resolved = { kind: 'failure', code: 'ENOTFOUND', isSilent: false };
    for (const candidate of candidatesOf(name, files)) {
      latest = await resolve(candidate);
      if (latest.kind === 'addresses' || latest.isSilent) return latest;
    }
    return latest;
  };
}

/** @returns silence when the other family has addresses and this one has no answer `byMs` later */
function unlessLate(query: Promise<Resolved>, other: { behind: Promise<Resolved>; byMs: number }): Promise<Resolved> {
  const late = other.behind.then(({ kind }) =>
    kind === 'addresses' ? sleep(other.byMs, silence, { ref: false }) : query,
  );
  return Promise.race([query, late]);
}

/** Skips servers that c-ares cannot parse. */
function setServers(resolver: Resolver, servers: readonly string[]): void {
  const valid = servers.filter((server) => {
    try {
      resolver.setServers([server]);
      return true;
    } catch {
      return false;
    }
  });
  if (valid.length > 0) resolver.setServers(valid);
}

function candidatesOf(name: string, { search, ndots }: ResolverFiles): string[] {
  const extended = search.map((domain) => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [name, ...extended] : [...extended, name];
}

async function query(recordsToCome: Promise<RecordWithTtl[]>, family: 4 | 6): Promise<Resolved> {
  try {
    const records = await recordsToCome;
    const addresses = records.map(({ address }) => ({ address, family }));
    return { kind: 'addresses', addresses, ttlMs: 1_000 * Math.min(...records.map(({ ttl }) => ttl)) };
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
    return { kind: 'failure', code, isSilent: ['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED'].includes(code) };
  }
}

type Addresses = Extract<Resolved, { kind: 'addresses' }>;
type Failure = Extract<Resolved, { kind: 'failure' }>;

const silence: Failure = { kind: 'failure', code: 'ETIMEOUT', isSilent: true };

function oneFamily(found: Addresses, other: Failure): Resolved {
  return other.isSilent ? { ...found, ttlMs: Math.min(found.ttlMs, oneFamilyTtlMs) } : found;
}

/**
 * IPv4 first: machines without IPv6 are more common than machines without IPv4. A connection tries the other family
 * soon after.
 */
function both(four: Addresses, six: Addresses): Resolved {
  return {
    kind: 'addresses',
    addresses: [...four.addresses, ...six.addresses],
    ttlMs: Math.min(four.ttlMs, six.ttlMs),
  };
}
