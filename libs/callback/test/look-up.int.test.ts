import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLookupWith, type Lookup, type LookupOptions } from '@callbus/callback/dns/look-up';
import { slotsOf, slotsPerDomain } from '@callbus/callback/dns/look-up-slots';
import { startDnsServer, type DnsAnswer, type DnsServer } from '@callbus/testing/network/dns-server';
import { waitFor } from '@callbus/testing/wait-for';

let directory: string;
let answers: Record<string, DnsAnswer>;
let dns: DnsServer;
let others: DnsServer[] = [];
let nowMs: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-dns-'));
  await write('hosts', '127.0.0.1 localhost\n');
  await write('resolv.conf', '');
  answers = { 'good.test': { addresses: ['192.0.2.1'] }, 'both.test': { addresses: ['192.0.2.2', '2001:db8::2'] } };
  nowMs = 0;
  dns = await startDnsServer((name) => (/(^|\.)dead\.test$|^silent/.test(name) ? 'silence' : answers[name]));
});
afterEach(async () => {
  await Promise.all([dns, ...others].map((server) => server.close()));
  others = [];
  await rm(directory, { recursive: true });
});

async function openOther(answer: Parameters<typeof startDnsServer>[0]): Promise<DnsServer> {
  const server = await startDnsServer(answer);
  others.push(server);
  return server;
}

const write = (file: string, text: string) => writeFile(join(directory, file), text);

const open = (options: LookupOptions = {}) =>
  createLookupWith({
    servers: [dns.address],
    hostsPath: join(directory, 'hosts'),
    resolvConfPath: join(directory, 'resolv.conf'),
    now: () => nowMs,
    ...options,
  });

function lookUp(lookup: Lookup, name: string, family: 0 | 4 | 6 = 0): Promise<string[]> {
  return new Promise((resolve, reject) => {
    lookup(name, { all: true, family }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses.map(({ address }) => address));
    });
  });
}

describe('a look-up', () => {
  test('finds addresses of both families, IPv4 first, or of one family', async () => {
    const lookup = open();
    expect(await lookUp(lookup, 'Both.test')).toEqual(['192.0.2.2', '2001:db8::2']);
    expect(await lookUp(lookup, 'both.test', 6)).toEqual(['2001:db8::2']);
    expect(await lookUp(lookup, 'both.test', 4)).toEqual(['192.0.2.2']);
    await expect(lookUp(lookup, 'good.test', 6)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('does not wait for a resolver that answers queries for only one family', async () => {
    const half = await openOther((name, type) =>
      name.startsWith(`${type.toLowerCase()}.`) ? { addresses: ['192.0.2.3', '2001:db8::3'] } : 'silence',
    );
    const lookup = open({ servers: [half.address] });
    expect(await lookUp(lookup, 'a.only.test')).toEqual(['192.0.2.3']);
    expect(await lookUp(lookup, 'aaaa.only.test')).toEqual(['2001:db8::3']);
  });

  test('reads the hosts file before it asks a resolver', async () => {
    await write('hosts', '# ours\n192.0.2.7 Good.test other # good\n2001:db8::7 good.test\nnonsense good.test\n');
    const lookup = open();
    expect(await lookUp(lookup, 'good.test')).toEqual(['192.0.2.7', '2001:db8::7']);
    expect(await lookUp(lookup, 'other')).toEqual(['192.0.2.7']);
    expect(dns.asked).toEqual([]);
  });

  test.each(['localhost', 'a.localhost'])('finds this machine for %s, whatever a resolver answers', async (name) => {
    await write('hosts', '');
    answers[name] = { addresses: ['192.0.2.1'] };
    expect(await lookUp(open(), name)).toEqual(['127.0.0.1', '::1']);
    expect(dns.asked).toEqual([]);
  });

  test('tries the search domains first for a name with too few dots, and last for any other name', async () => {
    await write('resolv.conf', 'domain unused.test\nsearch ns.svc.test svc.test\noptions timeout:1 ndots:2\n');
    answers['web.svc.test'] = { addresses: ['192.0.2.8'] };
    answers['a.b.c.svc.test'] = { addresses: ['192.0.2.9'] };
    const lookup = open();
    expect(await lookUp(lookup, 'web')).toEqual(['192.0.2.8']);
    expect(await lookUp(lookup, 'a.b.c')).toEqual(['192.0.2.9']);
    const names = dns.asked.filter((each) => each.startsWith('A ')).map((each) => each.slice(2));
    expect(names).toEqual(['web.ns.svc.test', 'web.svc.test', 'a.b.c', 'a.b.c.ns.svc.test', 'a.b.c.svc.test']);
  });

  test('asks the name servers of resolv.conf, and reads the file again after a change', async () => {
    const other = await openOther(() => ({ addresses: ['192.0.2.66'] }));
    await write('resolv.conf', `nameserver ${dns.address}\n`);
    const lookup = open({ servers: undefined });
    expect(await lookUp(lookup, 'good.test')).toEqual(['192.0.2.1']);
    await write('resolv.conf', `# changed\nnameserver ${other.address}\n`);
    await waitFor(async () => (await lookUp(lookup, 'good.test')).includes('192.0.2.66'), { what: 'the other server' });
    await write('hosts', '192.0.2.77 good.test\n');
    await waitFor(async () => (await lookUp(lookup, 'good.test')).includes('192.0.2.77'), { what: 'the hosts file' });
  });
});

describe('the cache', () => {
  test('keeps addresses for their TTL, up to a minute', async () => {
    answers['brief.test'] = { addresses: ['192.0.2.1'], ttlS: 5 };
    answers['long.test'] = { addresses: ['192.0.2.1'], ttlS: 86_400 };
    const lookup = open();
    const both = () => Promise.all(['brief.test', 'long.test'].map((name) => lookUp(lookup, name)));
    await both();
    answers = { 'brief.test': { addresses: ['192.0.2.2'] }, 'long.test': { addresses: ['192.0.2.2'] } };
    nowMs = 4_999;
    expect(await both()).toEqual([['192.0.2.1'], ['192.0.2.1']]);
    nowMs = 5_000;
    expect(await both()).toEqual([['192.0.2.2'], ['192.0.2.1']]);
    nowMs = 60_000;
    expect(await both()).toEqual([['192.0.2.2'], ['192.0.2.2']]);
  });

  test('keeps failures for three seconds', async () => {
    const lookup = open();
    for (let round = 0; round < 3; round += 1)
      await expect(lookUp(lookup, 'late.test')).rejects.toThrow('look-up of late.test failed: the name has no address');
    expect(dns.asked.filter((each) => each === 'A late.test')).toHaveLength(1);
    answers['late.test'] = { addresses: ['192.0.2.1'] };
    nowMs = 3_000;
    expect(await lookUp(lookup, 'late.test')).toEqual(['192.0.2.1']);
  });

  test('keeps the failure of one name apart from other names', async () => {
    answers['broken.test'] = 'SERVFAIL';
    const lookup = open();
    await expect(lookUp(lookup, 'broken.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    await expect(lookUp(lookup, 'not a name')).rejects.toMatchObject({ code: 'EBADNAME' });
    expect(await lookUp(lookup, 'good.test')).toEqual(['192.0.2.1']);
  });
});

describe('concurrent look-ups', () => {
  test('of one name share one answer', async () => {
    const lookup = open();
    const found = await Promise.all(Array.from({ length: 20 }, () => lookUp(lookup, 'good.test')));
    expect(new Set(found.flat())).toEqual(new Set(['192.0.2.1']));
    expect(dns.asked).toHaveLength(2);
  });

  test('of dead names of one domain take a bounded number of slots, and other names are found meanwhile', async () => {
    const lookup = open();
    const dead = Array.from({ length: 30 }, (_, index) => lookUp(lookup, `h${index}.dead.test`).catch(String));
    expect(await lookUp(lookup, 'good.test')).toEqual(['192.0.2.1']);
    const names = new Set(dns.asked.filter((each) => each.endsWith('dead.test')).map((each) => each.split(' ')[1]));
    expect(names.size).toBe(slotsPerDomain);
    const reasons = await Promise.all(dead);
    expect(reasons.filter((reason) => reason.includes('no answer from the resolver (ETIMEOUT)'))).toHaveLength(
      slotsPerDomain,
    );
    expect(reasons.filter((reason) => reason.includes('too many names of its domain'))).toHaveLength(
      30 - slotsPerDomain,
    );
  }, 15_000);

  test('of silent names in many domains take no slot from names that were answered or are new', async () => {
    const lookup = open();
    await lookUp(lookup, 'good.test');
    const lookUpAll = (names: string[]) => names.map((name) => lookUp(lookup, name).catch(String));
    const silent = Array.from({ length: slotsOf.silent + 8 }, (_, index) => `silent${index}.test`);
    await Promise.all(lookUpAll(silent));
    nowMs = 3_600_000;
    const again = lookUpAll(silent);
    expect(await lookUp(lookup, 'both.test')).toHaveLength(2);
    const unknown = lookUpAll(Array.from({ length: slotsOf.unknown }, (_, index) => `silent-new${index}.test`));
    const asked = () => dns.asked.filter((each) => each.includes('silent-new')).length;
    await waitFor(() => asked() >= slotsOf.unknown, { what: 'the new names at the resolver' });
    expect(await lookUp(lookup, 'good.test')).toEqual(['192.0.2.1']);
    await Promise.all([...again, ...unknown]);
  }, 30_000);
});
