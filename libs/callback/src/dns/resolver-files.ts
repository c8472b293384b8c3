import { readFileSync, statSync } from 'node:fs';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** The names that this machine knows itself, and how it resolves all others. */
export interface ResolverFiles {
  /** The addresses in `/etc/hosts`, by lower-case name. */
  readonly hosts: ReadonlyMap<string, readonly LookupAddress[]>;
  /**
   * The name servers of `/etc/resolv.conf`; undefined when there are none, or when one cannot be passed to c-ares as
   * text.
   */
  readonly servers: readonly string[] | undefined;
  /** Domains that are appended to a name. */
  readonly search: readonly string[];
  /** A name with fewer dots than this is tried with the search domains first. */
  readonly ndots: number;
}

export interface ResolverPaths {
  readonly hostsPath: string;
  readonly resolvConfPath: string;
}

/** How often the files are checked for changes: a `stat` of both costs some µs, which is too much for every look-up. */
const checkIntervalMs = 1_000;
const mostServers = 3;
const mostDots = 15;

/**
 * Reads `/etc/hosts` and `/etc/resolv.conf`, and again after a change: Kubernetes and DHCP clients rewrite them at any
 * time.
 *
 * @returns a function that returns the same object until a file changes
 */
export function followResolverFiles({ hostsPath, resolvConfPath }: ResolverPaths): () => ResolverFiles {
  let checkedMs = -Infinity;
  let lastStamps = '';
  let current: ResolverFiles | undefined;

  return () => {
    const nowMs = performance.now();
    if (current !== undefined && nowMs - checkedMs < checkIntervalMs) return current;
    checkedMs = nowMs;
    const stamps = `${stampOf(hostsPath)} ${stampOf(resolvConfPath)}`;
    if (current !== undefined && stamps === lastStamps) return current;
    lastStamps = stamps;
    current = { hosts: parseHosts(textOf(hostsPath)), ...parseResolvConf(textOf(resolvConfPath)) };
    return current;
  };
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? 'none' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}

/** A missing or unreadable file counts as empty, as for the system's own resolver. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function wordsOf(text: string, comment: RegExp): string[][] {
  return text.split('\n').map((line) => line.replace(comment, '').trim().split(/\s+/));
}

function parseHosts(text: string): ResolverFiles['hosts'] {
  const hosts = new Map<string, LookupAddress[]>();
  for (const [address = '', ...names] of wordsOf(text, /#.*/)) {
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names.map((each) => each.toLowerCase())) {
      const known = hosts.get(name) ?? [];
      if (!known.some((each) => each.address === address)) hosts.set(name, [...known, { address, family }]);
    }
  }
  return hosts;
}

function parseResolvConf(text: string): Omit<ResolverFiles, 'hosts'> {
  const servers: string[] = [];
  let search = [hostname().split('.').slice(1).join('.')];
  let ndots = 1;
  for (const [keyword, ...values] of wordsOf(text, /[#;].*/)) {
    if (keyword === 'nameserver') servers.push(...values.slice(0, 1));
    if (keyword === 'search' || keyword === 'domain') search = values;
    if (keyword !== 'options') continue;
    for (const value of values) {
      const [, count] = /^ndots:(\d+)$/.exec(value) ?? [];
      if (count !== undefined) ndots = Math.min(Number(count), mostDots);
    }
  }
  const used = servers.slice(0, mostServers);
  return {
    // An address with a zone (`fe80::1%eth0`) loses the zone when it is passed as text, so c-ares then reads the file
    // itself.
    servers: used.length > 0 && !used.some((server) => server.includes('%')) ? used : undefined,
    search: search.map((domain) => domain.replace(/\.$/, '')).filter(Boolean),
    ndots,
  };
}
