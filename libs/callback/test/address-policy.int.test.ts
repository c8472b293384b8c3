import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openReceiver, type ScriptedAnswer, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { createAddressPolicy, hostOf, parseCidrs } from '@callbus/callback/network/address-policy';
import type { Lookup } from '@callbus/callback/dns/look-up';
import { createConnectTcp } from '@callbus/callback/network/connect-tcp';
import { createPost, type Post } from '@callbus/callback/post';
import { watchKernel, type KernelWatch } from './watch-kernel.js';

const public4 = '93.184.215.14';
const public6 = '2606:2800:21f:cb07:6820:80da:af6b:8b2c';

/** The names that the resolver of these tests knows. */
const names: Record<string, string[]> = {
  'public.example': [public4],
  'dual.example': [public6, public4],
  'intranet.example': ['10.1.2.3'],
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'metadata.google.internal': ['169.254.169.254'],
  'metadata6.example': ['fd00:ec2::254'],
  'carrier.example': ['100.64.0.1'],
  'mapped.example': ['::ffff:192.168.0.1'],
  'mapped-hex.example': ['::ffff:7f00:1'],
  'nat64.example': ['64:ff9b::a00:1'],
  'local-nat64.example': ['64:ff9b:1::808:808'],
  '6to4.example': ['2002:7f00:1::1'],
  'zone.example': ['fe80::1%lo'],
  'isatap.example': ['2606:4700::5efe:10.0.0.1'],
  'unspecified.example': ['0.0.0.0', '::'],
  'multicast.example': ['224.0.0.1', 'ff02::1'],
  'many.example': ['10.0.0.1', 'fd00::1', '127.0.0.1', '::1', '192.168.1.1'],
  'odd.example': ['2130706433', '127.1', ''],
  'none.example': [],
  'mixed.example': ['10.0.0.1', public6, '127.0.0.1', public4, '::1', 'fd00::1'],
  'private.localhost': [public4],
};

let answers = names;
let lookups: string[] = [];
const lookup: Lookup = (hostname, _options, callback) => {
  lookups.push(hostname);
  const addresses = answers[hostname.toLowerCase()] ?? [public4];
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  process.nextTick(callback, null, found);
};

const strict = createAddressPolicy({ allowCidrs: [] });
let answer: (() => ScriptedAnswer) | undefined;
let receiver: Receiver;
let kernel: KernelWatch;
let post: Post;
const checked = { addressPolicy: strict, lookup };
const connectTcp = createConnectTcp(checked);

beforeAll(async () => {
  receiver = await openReceiver({ answer: () => answer?.() ?? {} });
  kernel = await watchKernel({ leadTo: Number(new URL(receiver.url).port) });
});
afterAll(async () => {
  kernel.stop();
  await receiver.close();
});
beforeEach(() => {
  post = createPost({ userAgent: 'callbus/test', ...checked });
  answers = names;
  lookups = [];
  kernel.connects.length = 0;
  kernel.refuse.clear();
});
afterEach(async () => {
  answer = undefined;
  await post.close();
});

const call = (url: string, by = post) => by.post({ url, headers: {}, body: Buffer.from('{}'), timeoutMs: 5_000 });

/** URLs, each with the host that the refusal names: the host of the URL as URLs normalise it. */
const refusedUrls: [url: string, host: string][] = [
  // IPv4, plain
  ['http://127.0.0.1/', '127.0.0.1'],
  ['https://127.0.0.1/', '127.0.0.1'],
  ['http://127.255.255.254:8080/a?b', '127.255.255.254'],
  ['http://10.0.0.1/', '10.0.0.1'],
  ['http://172.16.0.1/', '172.16.0.1'],
  ['http://172.31.255.255/', '172.31.255.255'],
  ['http://192.168.1.1/', '192.168.1.1'],
  ['http://169.254.169.254/latest/meta-data/', '169.254.169.254'],
  ['http://169.254.170.2/', '169.254.170.2'],
  ['http://100.100.100.200/', '100.100.100.200'],
  ['http://168.63.129.16/', '168.63.129.16'],
  ['http://100.64.0.1/', '100.64.0.1'],
  ['http://0.0.0.0/', '0.0.0.0'],
  ['http://192.0.0.192/', '192.0.0.192'],
  ['http://192.0.2.1/', '192.0.2.1'],
  ['http://192.88.99.1/', '192.88.99.1'],
  ['http://198.18.0.1/', '198.18.0.1'],
  ['http://198.51.100.1/', '198.51.100.1'],
  ['http://203.0.113.1/', '203.0.113.1'],
  ['http://224.0.0.1/', '224.0.0.1'],
  ['http://239.255.255.250/', '239.255.255.250'],
  ['http://240.0.0.1/', '240.0.0.1'],
  ['http://255.255.255.255/', '255.255.255.255'],
  // IPv4, decimal, octal, hexadecimal, short, mixed
  ['http://2130706433/', '127.0.0.1'],
  ['http://2852039166/', '169.254.169.254'],
  ['http://167772161/', '10.0.0.1'],
  ['http://0/', '0.0.0.0'],
  ['http://017700000001/', '127.0.0.1'],
  ['http://0177.0.0.1/', '127.0.0.1'],
  ['http://0177.0.0.01/', '127.0.0.1'],
  ['http://012.0.0.1/', '10.0.0.1'],
  ['http://0300.0250.0.1/', '192.168.0.1'],
  ['http://0x7f000001/', '127.0.0.1'],
  ['http://0x7F.0x0.0x0.0x1/', '127.0.0.1'],
  ['http://0xa9fea9fe/', '169.254.169.254'],
  ['http://0xc0.0xa8.1/', '192.168.0.1'],
  ['http://127.1/', '127.0.0.1'],
  ['http://127.0.1/', '127.0.0.1'],
  ['http://10.1/', '10.0.0.1'],
  ['http://192.168.257/', '192.168.1.1'],
  ['http://0x7f.1/', '127.0.0.1'],
  ['http://0x7f.0.01/', '127.0.0.1'],
  // IPv4, other characters
  ['http://127.0.0.1./', '127.0.0.1'],
  ['http://0x7f.1./', '127.0.0.1'],
  ['http://127。0。0。1/', '127.0.0.1'],
  ['http://①②⑦.⓪.⓪.①/', '127.0.0.1'],
  ['http://%31%32%37.0.0.1/', '127.0.0.1'],
  ['http://127.0.0.1:80\\@public.example/', '127.0.0.1'],
  // IPv6
  ['http://[::]/', '::'],
  ['http://[::1]/', '::1'],
  ['https://[0:0:0:0:0:0:0:1]:8443/', '::1'],
  ['http://[fc00::1]/', 'fc00::1'],
  ['http://[fd00:ec2::254]/', 'fd00:ec2::254'],
  ['http://[fd20:ce::254]/', 'fd20:ce::254'],
  ['http://[fe80::1]/', 'fe80::1'],
  ['http://[febf::1]/', 'febf::1'],
  ['http://[fec0::1]/', 'fec0::1'],
  ['http://[ff02::1]/', 'ff02::1'],
  ['http://[100::1]/', '100::1'],
  ['http://[2001:db8::1]/', '2001:db8::1'],
  ['http://[3fff::1]/', '3fff::1'],
  ['http://[5f00::1]/', '5f00::1'],
  ['http://[2001:2::1]/', '2001:2::1'],
  // IPv4 within IPv6
  ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
  ['http://[::ffff:10.0.0.1]/', '::ffff:a00:1'],
  ['http://[::ffff:a9fe:a9fe]/', '::ffff:a9fe:a9fe'],
  ['http://[0:0:0:0:0:ffff:c0a8:1]/', '::ffff:c0a8:1'],
  ['http://[::127.0.0.1]/', '::7f00:1'],
  ['http://[::10.0.0.1]/', '::a00:1'],
  ['http://[::ffff:0:127.0.0.1]/', '::ffff:0:7f00:1'],
  ['http://[64:ff9b::127.0.0.1]/', '64:ff9b::7f00:1'],
  ['http://[64:ff9b::a9fe:a9fe]/', '64:ff9b::a9fe:a9fe'],
  ['http://[64:ff9b:1::10.0.0.1]/', '64:ff9b:1::a00:1'],
  ['http://[2002:7f00:1::]/', '2002:7f00:1::'],
  ['http://[2002:a9fe:a9fe::1]/', '2002:a9fe:a9fe::1'],
  ['http://[2001:0:a00:1::1]/', '2001:0:a00:1::1'],
  ['http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/', '2001:0:4136:e378:8000:63bf:80ff:fffe'],
  ['http://[fe80::5efe:10.0.0.1]/', 'fe80::5efe:a00:1'],
  ['http://[2606:4700::200:5efe:192.168.0.1]/', '2606:4700::200:5efe:c0a8:1'],
  // userinfo before the host
  ['http://public.example@127.0.0.1/', '127.0.0.1'],
  ['http://public.example:80@10.0.0.1/', '10.0.0.1'],
  ['http://93.184.215.14@[::1]/', '::1'],
  ['http://127.0.0.1:80@[::ffff:10.0.0.1]/', '::ffff:a00:1'],
  ['http://a:b@169.254.169.254/', '169.254.169.254'],
  ['http://public.example%2f@127.0.0.1/', '127.0.0.1'],
  // names of this machine, names with a dot at their end
  ['http://localhost/', 'localhost'],
  ['http://LOCALHOST/', 'localhost'],
  ['https://localhost:8443/', 'localhost'],
  ['http://localhost./', 'localhost.'],
  ['http://localhost。/', 'localhost.'],
  ['http://%6c%6f%63%61%6c%68%6f%73%74/', 'localhost'],
  ['http://ⓛocalhost/', 'localhost'],
  ['http://private.localhost/', 'private.localhost'],
  ['http://a.b.localhost./', 'a.b.localhost.'],
  ['http://public.example./', 'public.example.'],
  ['http://intranet.example./', 'intranet.example.'],
];

const refusedNames = Object.keys(names).filter((name) => !/^(public|dual|mixed)\.example$|localhost$/.test(name));

/** Hosts for telnet, which no URL normalises. */
const refusedHosts = [
  ...['127.0.0.1', '::1', '::ffff:127.0.0.1', '::127.0.0.1', '64:ff9b::127.0.0.1', '2002:7f00:1::1'],
  ...['::1%lo', 'fe80::1%lo', 'fe80::1%1', '::ffff:127.0.0.1%lo', 'fe80::5efe:10.0.0.1%eth0'],
  ...['localhost', 'LocalHost', 'localhost.', 'a.localhost', 'A.LOCALHOST.', '127.0.0.1.', 'public.example.'],
];

describe('refused without an attempt to connect', () => {
  test.each(refusedUrls)('%s', async (url, host) => {
    const reason = `address not allowed: ${host}`;
    expect(await call(url)).toEqual({ kind: 'error', reason, durationMs: expect.any(Number) });
    expect(strict.checkUrl(url)).toEqual({ ok: false, reason });
    expect(await connectTcp({ host: hostOf(new URL(url)), port: 80, timeoutMs: 5_000 })).toEqual({ ok: false, reason });
    expect([kernel.connects, lookups]).toEqual([[], []]);
  });

  test('names with refused addresses only, without revealing the addresses', async () => {
    const refusals = refusedNames.map(async (name) => {
      const reason = `${name} has no address that may be called`;
      expect(strict.checkUrl(`http://${name}/`)).toEqual({ ok: true });
      const calls = [`http://${name}/`, `https://${name}/`].map((url) => call(url));
      const tcp = connectTcp({ host: name, port: 80, timeoutMs: 5_000 });
      for (const result of await Promise.all(calls)) expect(result).toMatchObject({ kind: 'error', reason });
      expect(await tcp).toEqual({ ok: false, reason });
    });
    await Promise.all(refusals);
    expect(lookups.sort()).toEqual(refusedNames.flatMap((name) => [name, name, name]).sort());
    expect(kernel.connects).toEqual([]);
  });

  test.each(refusedHosts)('telnet %s', async (host) => {
    const reason = `address not allowed: ${host}`;
    expect(await connectTcp({ host, port: 80, timeoutMs: 5_000 })).toEqual({ ok: false, reason });
    expect([kernel.connects, lookups]).toEqual([[], []]);
  });

  test.each(['2130706433', '0x7f000001', '017700000001', '0177.0.0.1', '127.1', '0x7f.1', '0', ''])(
    'telnet %j, which the system reads as an address of this machine',
    async (host) => {
      const bySystem = createConnectTcp({ addressPolicy: strict });
      expect(await bySystem({ host, port: 80, timeoutMs: 5_000 })).toMatchObject({ ok: false });
      expect(kernel.connects).toEqual([]);
    },
  );
});

describe('public', () => {
  test.each([
    ['http://public.example/', [public4]],
    [`http://${public4}:8080/`, [public4]],
    [`http://[${public6}]/`, [public6]],
    ['http://[::ffff:8.8.8.8]/', ['::ffff:808:808']],
    ['http://[64:ff9b::8.8.8.8]/', ['64:ff9b::808:808']],
    ['http://localhost.example/', [public4]],
    ['http://127.0.0.1@public.example/', [public4]],
  ])('%s is called', async (url, connects) => {
    expect(await call(url)).toMatchObject({ kind: 'answer', status: 200 });
    expect(kernel.connects).toEqual(connects);
    expect(await connectTcp({ host: hostOf(new URL(url)), port: 80, timeoutMs: 5_000 })).toEqual({ ok: true });
    expect(kernel.connects).toEqual([...connects, ...connects]);
  });

  test('addresses of a name with mixed addresses are the only ones that are tried', async () => {
    kernel.refuse.add(public6);
    expect(await call('http://mixed.example/')).toMatchObject({ kind: 'answer' });
    expect(kernel.connects).toEqual([public6, public4]);
    kernel.refuse.add(public4);
    expect(await connectTcp({ host: 'mixed.example', port: 80, timeoutMs: 5_000 })).toMatchObject({ ok: false });
    expect(kernel.connects).toEqual([public6, public4, public6, public4]);
  });
});

describe('when addresses change', () => {
  test('a name that turns private is refused on the next connection', async () => {
    answer = () => ({ headers: { connection: 'close' } });
    expect(await call('http://public.example/')).toMatchObject({ kind: 'answer' });
    answers = { 'public.example': ['127.0.0.1'] };
    expect(await call('http://public.example/')).toMatchObject({
      kind: 'error',
      reason: 'public.example has no address that may be called',
    });
    expect(kernel.connects).toEqual([public4]);
  });

  test('one look-up serves both the check and the connection', async () => {
    const turning: Lookup = (hostname, options, callback) => {
      lookup(hostname, options, callback);
      answers = { 'public.example': ['127.0.0.1'] };
    };
    const turned = createPost({ userAgent: 'callbus/test', addressPolicy: strict, lookup: turning });
    expect(await call('http://public.example/', turned)).toMatchObject({ kind: 'answer' });
    expect([lookups, kernel.connects]).toEqual([['public.example'], [public4]]);
    await turned.close();
  });

  test('a kept connection is used without another look-up or check', async () => {
    let judged = 0;
    const counting = {
      ...strict,
      allowsAddress: (address: string) => (judged += 1) > 0 && strict.allowsAddress(address),
    };
    const keeping = createPost({ userAgent: 'callbus/test', addressPolicy: counting, lookup });
    for (let round = 0; round < 50; round += 1) await call('http://public.example/', keeping);
    // Two, because a call may begin before the connection of the previous call is released.
    for (const count of [judged, lookups.length, kernel.connects.length]) expect(count).toBeLessThanOrEqual(2);
    await keeping.close();
  });

  test('a redirect to a refused address is an answer, and is not followed', async () => {
    answer = () => ({ status: 302, headers: { location: 'http://127.0.0.1/' } });
    expect(await call('http://public.example/')).toMatchObject({ kind: 'answer', status: 302 });
    expect(kernel.connects).toEqual([public4]);
  });
});

test('the duration of a failure does not tell an internal name from a name that does not exist', async () => {
  const split: Lookup = (hostname, _options, callback) => {
    const isInternal = hostname === 'intranet.example';
    const fail = () => callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
    if (isInternal) callback(null, [{ address: '10.1.2.3', family: 4 }]);
    else setTimeout(fail, 150);
  };
  const options = { addressPolicy: strict, lookup: split };
  const posting = createPost({ userAgent: 'callbus/test', ...options });
  const connecting = createConnectTcp(options);
  const durations = await Promise.all(
    ['intranet.example', 'nothing.example'].flatMap((host) => [
      call(`http://${host}/`, posting).then(({ durationMs }) => durationMs),
      msOf(() => connecting({ host, port: 80, timeoutMs: 5_000 })),
    ]),
  );
  for (const durationMs of durations) expect(durationMs).toBeGreaterThanOrEqual(800);
  await posting.close();
});

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return Math.ceil(performance.now() - startMs);
}

describe('allowed networks', () => {
  const allowed = createAddressPolicy({ allowCidrs: parseCidrs('127.0.0.0/8') });

  test('may be called by address, and by the names of this machine', async () => {
    answers = { localhost: ['::1', '127.0.0.1'] };
    const opened = createPost({ userAgent: 'callbus/test', addressPolicy: allowed, lookup });
    for (const url of ['http://127.0.0.1/', 'http://[::ffff:127.0.0.1]/', 'http://localhost/'])
      expect(await call(url, opened)).toMatchObject({ kind: 'answer' });
    expect(kernel.connects).toEqual(['127.0.0.1', '::ffff:7f00:1', '127.0.0.1']);
    for (const url of ['http://[::1]/', 'http://10.0.0.1/', 'http://[64:ff9b::127.0.0.1]/'])
      expect(await call(url, opened)).toMatchObject({ kind: 'error', reason: /^address not allowed/ });
    expect(kernel.connects).toHaveLength(3);
    await opened.close();
  });
});

describe('connectTcp', () => {
  test('times out when the resolver is silent', async () => {
    const silent = createConnectTcp({ addressPolicy: strict, lookup: () => undefined });
    expect(await silent({ host: 'public.example', port: 80, timeoutMs: 50 })).toEqual({
      ok: false,
      reason: 'no connection within 50 ms',
    });
  });

  test.each([
    ['ENOTFOUND', 'public.example has no address that may be called'],
    ['ESERVFAIL', 'public.example has no address that may be called'],
    ['ETIMEOUT', 'look-up of public.example failed (ETIMEOUT)'],
  ])('hides the error %s of a resolver unless it reveals nothing about the name', async (code, reason) => {
    const failing = createConnectTcp({
      ...checked,
      lookup: (name, _options, callback) =>
        callback(Object.assign(new Error(`look-up of ${name} failed (${code})`), { code }), []),
    });
    expect(await failing({ host: 'public.example', port: 80, timeoutMs: 5_000 })).toEqual({ ok: false, reason });
  });
});
