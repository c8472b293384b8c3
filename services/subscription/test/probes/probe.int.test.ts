import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { createLookup } from '@callbus/callback/dns/look-up';
import { startDnsServer, type DnsServer } from '@callbus/testing/network/dns-server';
import { en, failure, success, type Call } from '../support/call.js';
import { openService, type OpenService } from '../support/open-service.js';

const ping = 'POST /api/v3/event/subscribe/ping';
const telnet = 'POST /api/v3/event/subscribe/telnet';

const addressesOf: Readonly<Record<string, readonly string[]>> = {
  'receiver.test': ['127.0.0.1'],
  'database.inner.test': ['10.0.0.5'],
  'v6.inner.test': ['fd00::5'],
  'without-addresses.inner.test': [],
};

let service: OpenService;
let receiver: Receiver;
let listener: Server;
let call: Call;
let dns: DnsServer;

beforeAll(async () => {
  dns = await startDnsServer((name) => {
    if (name.endsWith('.dead.test')) return 'silence';
    return addressesOf[name] && { addresses: addressesOf[name] };
  });
  service = await openService({ lookup: createLookup({ servers: [dns.address] }) });
  ({ call } = service);
  receiver = await openReceiver({
    answer({ path }) {
      if (path === '/hangs') return undefined;
      if (path === '/long') return { body: 'x'.repeat(100_000) };
      if (path === '/moved') return { status: 302, headers: { location: '/elsewhere' }, body: 'moved' };
      return { status: 418, body: 'ein Täßchen' };
    },
  });
  listener = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  listener.close();
  await receiver.close();
  await service.close();
  await dns.close();
});

/** A URL without the scheme, as in the original's samples. */
const hostOf = (url: string) => url.replace('http://', '');
const closedPort = async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

describe('ping', () => {
  test.each([
    ['a string as it is', 'plain text', 'plain text'],
    ['an object as JSON', { a: [1, 'ä'] }, '{"a":[1,"ä"]}'],
    ['nothing as an empty body', undefined, ''],
    ['null as an empty body', null, ''],
  ])('sends %s, and every status is a success', async (_what, data, body) => {
    const answer = await call(ping, { callback_url: `${receiver.url}/path?query`, data });
    expect(answer).toMatchObject({ status: 200, body: success({ http_status: 418, response_body: 'ein Täßchen' }) });
    expect(receiver.requests.at(-1)).toMatchObject({ method: 'POST', path: '/path?query', body: Buffer.from(body) });
  });

  test.each(['', '//'])('takes a URL that begins with %j for an http URL', async (scheme) => {
    const path = '/path?to=https://elsewhere.test/';
    await expectAnswers(`${scheme}${hostOf(receiver.url)}${path}`);
    expect(receiver.requests.at(-1)).toMatchObject({ path });
  });

  test('sends data unchanged, digit for digit', async () => {
    for (const data of ['{"id": 12345678901234567890,"e":1e400,"f":1.10,"a":1,"a":2}', '[1.0]', '-0']) {
      const body = `{"data":1,"callback_url":"${receiver.url}/","data": ${data} }`;
      expect(await call(ping, body)).toMatchObject({ status: 200 });
      expect(receiver.requests.at(-1)).toMatchObject({ body: Buffer.from(data) });
    }
  });

  test('answers the first 64 KiB', async () => {
    const answer = await call(ping, { callback_url: `${receiver.url}/long` });
    expect(answer).toMatchObject({ body: success({ http_status: 200, response_body: 'x'.repeat(65_536) }) });
  });

  test('does not follow redirects', async () => {
    const answer = await call(ping, { callback_url: `${receiver.url}/moved` });
    expect(answer).toMatchObject({ body: success({ http_status: 302, response_body: 'moved' }) });
  });

  test('fails with the reason when the receiver refuses the connection', async () => {
    const closed = await call(ping, { callback_url: `127.0.0.1:${await closedPort()}` }, en);
    expect(closed).toMatchObject({
      status: 400,
      body: { bk_error_code: 1103004, bk_error_msg: expect.stringMatching(/^ping failed: .*ECONNREFUSED/) },
    });
  });
});

describe('telnet', () => {
  test('connects, with and without a scheme', async () => {
    const { port } = listener.address() as AddressInfo;
    for (const callback_url of [`http://127.0.0.1:${port}/path`, `127.0.0.1:${port}`, `https://localhost:${port}`]) {
      expect(await call(telnet, { callback_url })).toMatchObject({ status: 200, body: success('success') });
    }
  });

  test.each([
    ['127.0.0.2', /ECONNREFUSED$/],
    ['http://127.0.0.2/path', /ECONNREFUSED$/],
    ['https://127.0.0.2', /ECONNREFUSED$/],
    ['http://[::1]:1', /(ECONNREFUSED|EADDRNOTAVAIL)$/],
  ])('to %s fails with the reason', async (callback_url, reason) => {
    const { status, body } = await call(telnet, { callback_url }, en);
    expect({ status, body }).toEqual({
      status: 400,
      body: failure(1103005, expect.stringMatching(reason) as unknown as string),
    });
    expect(body).toMatchObject({ bk_error_msg: expect.stringMatching(/^telnet failed: connect \w+$/) });
  });
});

test('a silent receiver or name server fails a probe after ten seconds, and delays no other probe', async () => {
  const stalled = await openStalledListener();
  const probes = Promise.all([
    call(ping, { callback_url: `${receiver.url}/hangs` }),
    call(telnet, { callback_url: stalled.url }),
    ...Array.from({ length: 8 }, (_, index) => call(ping, { callback_url: `http://h${index}.dead.test/` })),
  ]);
  await expectAnswers(urlWithName(receiver.url, 'receiver.test'));
  const [pinged, connected, ...unresolved] = await probes;
  expect(pinged).toMatchObject({ status: 400, body: failure(1103004, 'ping 失败：no answer within 10000 ms') });
  expect(connected).toMatchObject({
    status: 400,
    body: failure(1103005, 'telnet 失败：no connection within 10000 ms'),
  });
  expect(unresolved.map(({ status }) => status)).toEqual(Array(8).fill(400));
  await stalled.close();
});

async function expectAnswers(callback_url: string): Promise<void> {
  const pinged = await call(ping, { callback_url });
  expect(pinged).toMatchObject({ status: 200, body: success({ http_status: 418, response_body: 'ein Täßchen' }) });
  const connected = await call(telnet, { callback_url });
  expect(connected).toMatchObject({ status: 200, body: success('success') });
}

function urlWithName(url: string, name: string): string {
  return url.replace('127.0.0.1', name);
}

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['http://0xa000001/', '10.0.0.1'],
  ['http://169.254.169.254/latest', '169.254.169.254'],
  ['https://[fd00::1]', 'fd00::1'],
])('%s is not allowed', async (callback_url, host) => {
  const pinged = await call(ping, { callback_url }, en);
  expect(pinged).toMatchObject({ status: 400, body: { bk_error_code: 1103004 } });
  expect(pinged.body).toMatchObject({ bk_error_msg: expect.stringContaining('address not allowed') });
  const connected = await call(telnet, { callback_url }, en);
  expect(connected).toMatchObject({
    status: 400,
    body: failure(1103005, `telnet failed: address not allowed: ${host}`),
  });
});

test.each([ping, telnet])('%s refuses an invalid URL', async (operation) => {
  expect(await call(operation, {})).toMatchObject({ status: 400, body: failure(1199010, `'CallbackUrl' 未赋值`) });
  expect(await call(operation, 'x')).toMatchObject({ status: 400, body: failure(1199000, '请求体不是 JSON 对象') });
  expect(await call(operation, { callback_url: 1 })).toMatchObject({
    status: 400,
    body: failure(1199000, `'callback_url' 类型错误`),
  });
  for (const [callback_url, reason] of [
    ['ftp://example.com', '不是 http 或 https 的绝对地址'],
    ['http://u:p@example.com', '含有用户名或密码'],
    ['u:p@example.com', '含有用户名或密码'],
  ]) {
    expect(await call(operation, { callback_url })).toMatchObject({
      status: 400,
      body: failure(1199006, `'callback_url' 无效：${reason}`),
    });
  }
});

/** A listener whose process is stopped and whose backlog is full, so that the kernel accepts no further connection. */
async function openStalledListener() {
  const program = `const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGSTOP');
  const port = Number(line.toString());
  const fillers = Array.from({ length: 4 }, () => connect({ port, host: '127.0.0.1' }).on('error', () => undefined));
  await once(fillers[0]!, 'connect');
  await once(fillers[1]!, 'connect');
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('a name', () => {
  test.each([
    ['database.inner.test', 'resolves to an IPv4 address that is not allowed'],
    ['v6.inner.test', 'resolves to an IPv6 address that is not allowed'],
    ['without-addresses.inner.test', 'resolves to no address'],
    ['nothing.inner.test', 'does not exist'],
  ])('such as %s, which %s, fails with the same message and no sooner than the others', async (name) => {
    for (const [operation, code, what] of [
      [ping, 1103004, 'ping'],
      [telnet, 1103005, 'telnet'],
    ] as const) {
      const startMs = performance.now();
      expect(await call(operation, { callback_url: `http://${name}:6379/` }, en)).toMatchObject({
        status: 400,
        body: failure(code, `${what} failed: ${name} has no address that may be called`),
      });
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(799);
    }
  });

  test('whose address refuses the connection fails without the address in the message', async () => {
    const callback_url = `http://receiver.test:${await closedPort()}`;
    const failed = 'failed: connect ECONNREFUSED';
    expect(await call(ping, { callback_url }, en)).toMatchObject({ body: failure(1103004, `ping ${failed}`) });
    expect(await call(telnet, { callback_url }, en)).toMatchObject({ body: failure(1103005, `telnet ${failed}`) });
  });
});

test('an account is refused further pings and telnets at once, with a time to wait', async () => {
  const limited = await openService({ limits: { probesAtOnce: 3, probesPerSecond: 1 } });
  const { call: ask } = limited;
  const { port } = listener.address() as AddressInfo;
  const probe = (operation: string, account = '0') =>
    ask(operation, { callback_url: `127.0.0.1:${port}` }, { ...en, HTTP_BK_SUPPLIER_ACCOUNT: account });
  const startMs = performance.now();
  const answers = [];
  for (const operation of [telnet, ping, telnet, ping, telnet, ping, telnet]) answers.push(await probe(operation));
  const passed = answers.filter(({ status }) => status !== 429);
  expect(passed.length).toBeGreaterThanOrEqual(3);
  expect(passed.length).toBeLessThanOrEqual(3 + Math.ceil((performance.now() - startMs) / 1_000));
  expect(answers.find(({ status }) => status === 429)).toMatchObject({
    headers: { 'retry-after': '1' },
    body: failure(1199029, 'too many requests: more than 1 pings, telnets and verifications per second'),
  });
  expect(await probe(telnet, 'other')).toMatchObject({ status: 200 });
  expect(await ask(telnet, {}, en)).toMatchObject({ status: 400 });
  await limited.close();
});
