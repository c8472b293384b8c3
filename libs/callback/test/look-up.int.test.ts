import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLookup, type Lookup, type LookupOptions } from '@callbus/callback/dns/look-up';
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
  createLookup({
    servers: [dns.address],
    hostsPath: join(directory, 'hosts'),
    resolvConfPath: join(directory, 'resolv.conf'),
    now: () => nowMs,
    ...options,
  });

function ask(lookup: Lookup, name: string, family: 0 | 4 | 6 = 0): Promise<string[]> {
  return new Promise((resolve, reject) => {
    lookup(name, { all: true, family }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses.map(({ address }) => address));
    });
  });
}

describe('what is found', () => {
  test('addresses of both families, IPv4 first, or those of one', async () => {
    const lookup = open();
    expect(await ask(lookup, 'Both.test')).toEqual(['192.0.2.2', '2001:db8::2']);
    expect(await ask(lookup, 'both.test', 6)).toEqual(['2001:db8::2']);
    expect(await ask(lookup, 'both.test', 4)).toEqual(['192.0.2.2']);
    await expect(ask(lookup, 'good.test', 6)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('a resolver that never answers for AAAA does not hold up A, nor the other way about', async () => {
    const half = await openOther((name, type) =>
      name.startsWith(`${type.toLowerCase()}.`) ? { addresses: ['192.0.2.3', '2001:db8::3'] } : 'silence',
    );
    const lookup = open({ servers: [half.address] });
    expect(await ask(lookup, 'a.only.test')).toEqual(['192.0.2.3']);
    expect(await ask(lookup, 'aaaa.only.test')).toEqual(['2001:db8::3']);
  });

  test('the hosts file comes before the resolvers', async () => {
    await write('hosts', '# ours\n192.0.2.7 Good.test other # good\n2001:db8::7 good.test\nnonsense good.test\n');
    const lookup = open();
    expect(await ask(lookup, 'good.test')).toEqual(['192.0.2.7', '2001:db8::7']);
    expect(await ask(lookup, 'other')).toEqual(['192.0.2.7']);
    expect(dns.asked).toEqual([]);
  });

  test.each(['localhost', 'a.localhost'])('%s is this machine, whatever a resolver says', async (name) => {
    await write('hosts', '');
    answers[name] = { addresses: ['192.0.2.1'] };
    expect(await ask(open(), name)).toEqual(['127.0.0.1', '::1']);
    expect(dns.asked).toEqual([]);
  });

  test('search domains are tried: behind a name with too few dots first, else last', async () => {
    await write('resolv.conf', 'domain unused.test\nsearch ns.svc.test svc.test\noptions timeout:1 ndots:2\n');
    answers['web.svc.test'] = { addresses: ['192.0.2.8'] };
    answers['a.b.c.svc.test'] = { addresses: ['192.0.2.9'] };
    const lookup = open();
    expect(await ask(lookup, 'web')).toEqual(['192.0.2.8']);
    expect(await ask(lookup, 'a.b.c')).toEqual(['192.0.2.9']);
    const names = dns.asked.filter((each) => each.startsWith('A ')).map((each) => each.slice(2));
    expect(names).toEqual(['web.ns.svc.test', 'web.svc.test', 'a.b.c', 'a.b.c.ns.svc.test', 'a.b.c.svc.test']);
  });

  test('the name servers of resolv.conf are asked, and another one after the file has changed', async () => {
    const other = await openOther(() => ({ addresses: ['192.0.2.66'] }));
    await write('resolv.conf', `nameserver ${dns.address}\n`);
    const lookup = open({ servers: undefined });
    expect(await ask(lookup, 'good.test')).toEqual(['192.0.2.1']);
    await write('resolv.conf', `# moved\nnameserver ${other.address}\n`);
    await waitFor(async () => (await ask(lookup, 'good.test')).includes('192.0.2.66'), { what: 'the other server' });
    await write('hosts', '192.0.2.77 good.test\n');
    await waitFor(async () => (await ask(lookup, 'good.test')).includes('192.0.2.77'), { what: 'the hosts file' });
  });
});

describe('what is kept', () => {
  test('addresses for their time to live, and never for more than a minute', async () => {
    answers['brief.test'] = { addresses: ['192.0.2.1'], ttlS: 5 };
    answers['long.test'] = { addresses: ['192.0.2.1'], ttlS: 86_400 };
    const lookup = open();
    const both = () => Promise.all(['brief.test', 'long.test'].map((name) => ask(lookup, name)));
    await both();
    answers = { 'brief.test': { addresses: ['192.0.2.2'] }, 'long.test': { addresses: ['192.0.2.2'] } };
    nowMs = 4_999;
    expect(await both()).toEqual([['192.0.2.1'], ['192.0.2.1']]);
    nowMs = 5_000;
    expect(await both()).toEqual([['192.0.2.2'], ['192.0.2.1']]);
    nowMs = 60_000;
    expect(await both()).toEqual([['192.0.2.2'], ['192.0.2.2']]);
  });

  test('failures for some seconds', async () => {
    const lookup = open();
    for (let round = 0; round < 3; round += 1)
      await expect(ask(lookup, 'late.test')).rejects.toThrow('look-up of late.test failed: the name has no address');
    expect(dns.asked.filter((each) => each === 'A late.test')).toHaveLength(1);
    answers['late.test'] = { addresses: ['192.0.2.1'] };
    nowMs = 3_000;
    expect(await ask(lookup, 'late.test')).toEqual(['192.0.2.1']);
  });

  test('nothing of a name tells of another', async () => {
    answers['broken.test'] = 'SERVFAIL';
    const lookup = open();
    await expect(ask(lookup, 'broken.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    await expect(ask(lookup, 'not a name')).rejects.toMatchObject({ code: 'EBADNAME' });
    expect(await ask(lookup, 'good.test')).toEqual(['192.0.2.1']);
  });
});

describe('how many at once', () => {
  test('those that ask for a name while it is being looked up share its answer', async () => {
    const lookup = open();
    const found = await Promise.all(Array.from({ length: 20 }, () => ask(lookup, 'good.test')));
    expect(new Set(found.flat())).toEqual(new Set(['192.0.2.1']));
    expect(dns.asked).toHaveLength(2);
  });

  test('a silent name fails within the deadline', async () => {
    await expect(ask(open({ timeoutsMs: { slot: 300, answer: 300 } }), 'h.dead.test')).rejects.toThrow(
      'look-up of h.dead.test failed: no answer from the resolver (ETIMEOUT)',
    );
  });

  test('dead names of one domain take a bounded number of slots, and all others are found beside them', async () => {
    const slots = { answered: 4, unknown: 6, silent: 2 };
    const lookup = open({ slots, slotsPerDomain: 4, timeoutsMs: { slot: 500, answer: 1_000 } });
    const dead = Array.from({ length: 30 }, (_, index) => ask(lookup, `h${index}.dead.test`).catch(String));
    expect(await ask(lookup, 'good.test')).toEqual(['192.0.2.1']);
    const names = new Set(dns.asked.filter((each) => each.endsWith('dead.test')).map((each) => each.split(' ')[1]));
    expect(names.size).toBe(4);
    const reasons = await Promise.all(dead);
    expect(reasons.filter((reason) => reason.includes('no answer from the resolver'))).toHaveLength(4);
    expect(reasons.filter((reason) => reason.includes('too many names of its domain'))).toHaveLength(26);
  });

  test('names known to be silent, of however many domains, take no slot of names that work or that are new', async () => {
    const slots = { answered: 1, unknown: 2, silent: 2 };
    const lookup = open({ slots, timeoutsMs: { slot: 5_000, answer: 500 } });
    await ask(lookup, 'good.test');
    const silent = ['silent1.test', 'silent2.test'];
    await Promise.all(silent.map((name) => ask(lookup, name).catch(String)));
    nowMs = 3_600_000;
    const again = silent.map((name) => ask(lookup, name).catch(String));
    const unheard = ['silent3.test', 'silent4.test'].map((name) => ask(lookup, name).catch(String));
    expect(await ask(lookup, 'good.test')).toEqual(['192.0.2.1']);
    await Promise.all(unheard);
    expect(await ask(lookup, 'both.test')).toHaveLength(2);
    await Promise.all(again);
  });
});
