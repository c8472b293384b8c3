import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import pg from 'pg';
import { addKey } from '@callbus/runtime/auth/key-file';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { createLogger } from '@callbus/runtime/observability/logger';
import { isolate } from '@callbus/testing/isolate';
import { findTopology } from '@callbus/testing/rabbitmq/rabbitmq-objects';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import { runProgram, type Program } from '@callbus/testing/processes/program';
import { deliveryNames, ingestNames, scrape, sharedNames } from '@callbus/testing/scrape';
import { paste } from './support/shell.js';

jest.setTimeout(90_000);

const program = 'standalone/dist/main.js';
const search = 'api/v3/event/subscribe/search/0/2';
const http = axios.create({ validateStatus: () => true, proxy: false });

let dataDir: string;
let standalone: Program | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callbus-standalone-'));
  // PostgreSQL must be able to enter this folder, also when root runs the tests.
  await chmod(dataDir, 0o755);
});
afterEach(async () => {
  if (standalone === undefined || standalone.hasExited()) return;
  standalone.kill('SIGTERM');
  await standalone.exited;
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** @returns the URL of standalone */
async function start(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const started = runProgram(program, { CALLBUS_DATA_DIR: dataDir, PORT: String(await findFreePort()), ...env });
  standalone = started;
  const ready = () => /^Callbus is ready on (\S+)$/m.exec(started.output())?.[1];
  const what = () => `standalone to be ready: ${started.output()}`;
  await waitFor(() => ready() !== undefined || started.hasExited(), { what: what(), timeoutMs: 60_000 });
  const url = ready();
  if (url === undefined) throw new Error(what());
  return url;
}

async function stop(signal: NodeJS.Signals): Promise<number | null> {
  standalone?.kill(signal);
  return standalone?.exited ?? null;
}

/** @returns the port of the PostgreSQL that runs on the data directory */
async function postgresPort(): Promise<number | undefined> {
  const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => undefined);
  return file === undefined ? undefined : Number(file.split('\n')[3]);
}

function isListening(port: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port: port ?? 0, host: '127.0.0.1' });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** The JSON answers that several calls of curl have printed. */
const answersIn = (output: string) => output.split(/(?<=\})\s*(?=\{)/).map((text) => JSON.parse(text) as unknown);

const documentOf = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** @returns the shell examples of a document that have this beginning */
async function examplesIn(document: string, beginning: string): Promise<string[]> {
  const text = await documentOf(document);
  const examples = Array.from(text.matchAll(/```sh\n(.*?)```/gs), ([, lines = '']) => lines);
  return examples.filter((lines) => lines.startsWith(beginning));
}
const received = () => standalone?.output().match(/^callback received .*$/gm) ?? [];
/** The lines that standalone prints for a trial. */
const printedLines = () =>
  /in another terminal:\n\n(.*?)\n\n/s.exec(standalone?.output() ?? '')?.[1]?.split('\n') ?? [];
const ok = (data: unknown) => ({ result: true, bk_error_code: 0, bk_error_msg: 'success', data });
const found = async (url: string, fields: string[]) => {
  const { data } = await http.post<{ data: { info: unknown[] } }>(`${url}/${search}`, { fields });
  return data.data.info;
};
const namesIn = (url: string) => found(url, ['subscription_name']);
/** Waits, because on a busy machine the pasted search may come before the callbacks. */
const figuresToBe = (url: string, total: number) =>
  waitFor(async () => JSON.stringify(await found(url, ['statistics'])).includes(`"total":${total},"failure":0`), {
    what: `${total} callbacks to be counted`,
  });

describe('on nothing but Node', () => {
  test('it prints what is embedded, and the lines of the README work when pasted twice in a row', async () => {
    const url = await start();
    for (const note of ['events in flight live in memory', 'statistics live in memory', `PostgreSQL under ${dataDir}`])
      expect(standalone?.output()).toContain(note);

    const [lines = ''] = await examplesIn('README.md', 'BUS=');
    for (const subscription_id of [1, 2]) {
      const before = received().length;
      const answers = answersIn(await paste(lines.replace('http://127.0.0.1:8080', url)));
      // The answer to the CloudEvent has no body.
      expect(answers).toMatchObject([
        ok({ subscription_id }),
        { code: '000', msg: '成功' },
        { events: [{ source: 'acs.oss', type: 'oss.ObjectCreated.PutObject', data: { object: 'cat.png' } }] },
        ok({
          count: 1,
          info: [{ subscription_name: 'hello', statistics: { total: expect.any(Number), failure: 0 } }],
        }),
        ok({ http_status: 200, response_body: 'ok' }),
        ok('success'),
      ]);
      await waitFor(() => received().length === before + 4, { what: 'the callbacks' });
      // The order of callbacks is not guaranteed.
      const ofEach = [
        expect.stringMatching(/^callback received \(attempt 1\): .*"changes":\["1001","1002"\]/),
        expect.stringMatching(/^callback received \(attempt 1\): .*cat\.png/),
        expect.stringMatching(/^callback received \(attempt 1\): .*dog\.png/),
        'callback received (attempt ?): {"hello":1}',
      ];
      expect(received().slice(before)).toEqual(expect.arrayContaining(ofEach));
    }

    const metrics = await scrape(url);
    expect([...metrics.names]).toEqual(expect.arrayContaining([...sharedNames, ...ingestNames, ...deliveryNames]));
    expect(metrics.value('callbus_deliveries_total{outcome="confirmed"}')).toBe(6);
    expect(metrics.value('callbus_queue_consumers{queue="deliveries"}')).toBe(1);
  });

  test('the examples of docs/publishing.md work when pasted', async () => {
    const url = await start();
    const [etc = '', list = '', cloudEvents = ''] = await examplesIn('docs/publishing.md', 'curl ');
    const pasted = (lines: string) => paste(`BUS=${url}\n${lines}`);
    expect(answersIn(await pasted(etc))).toMatchObject([{ code: '000' }]);
    expect(answersIn(await pasted(list))).toMatchObject([{ events: [{ id: 'put-1', data: { object: 'cat.png' } }] }]);
    expect((await pasted(cloudEvents)).match(/HTTP\/1\.1 \d+/g)).toEqual(Array(3).fill('HTTP/1.1 202'));
  });

  test('the first example of docs/subscribing.md works when pasted, and the document names every member of a subscription', async () => {
    const url = await start();
    const [create = ''] = await examplesIn('docs/subscribing.md', 'curl ');
    const [created] = answersIn(await paste(`BUS=${url}\n${create}`));
    expect(created).toEqual(ok({ subscription_id: expect.any(Number), secret: expect.stringMatching(/^whsec_/) }));
    const { subscription_id: id } = (created as { data: { subscription_id: number } }).data;
    const one = `${url}/api/v3/event/subscribe/0/2/${id}`;
    const { data } = (await http.get<{ data: object }>(one)).data;
    const document = await documentOf('docs/subscribing.md');
    expect(Object.keys(data).filter((member) => !document.includes(`\`${member}\``))).toEqual([]);
    expect((await http.delete(one)).status).toBe(200);
  });

  test('the lines that it prints work when pasted twice in a row', async () => {
    await start();
    for (let round = 0; round < 2; round += 1) {
      const before = received().length;
      const statistics = { total: expect.any(Number), failure: 0 };
      expect(answersIn(await paste(printedLines().join('\n')))).toMatchObject([
        ok({ subscription_id: expect.any(Number) }),
        { code: '000' },
        { events: [{ source: 'acs.oss', data: { object: 'cat.png' } }] },
        ok({ count: 1, info: [{ subscription_name: 'try-it', statistics }] }),
        ok('success'),
      ]);
      await waitFor(() => received().length === before + 2, { what: 'the callbacks' });
    }
  });

  test('after a stop or a kill it still has its subscriptions', async () => {
    await start();
    const [create = ''] = printedLines();
    await paste(create);
    expect(await stop('SIGTERM')).toBe(0);
    expect(await postgresPort()).toBeUndefined();

    const second = await start();
    expect(await namesIn(second)).toEqual([{ subscription_name: 'try-it' }]);
    await stop('SIGKILL');
    const orphan = await postgresPort();
    expect(await isListening(orphan)).toBe(true);

    const third = await start();
    expect(await namesIn(third)).toEqual([{ subscription_name: 'try-it' }]);
    expect(await isListening(orphan)).toBe(false);
    expect(await stop('SIGINT')).toBe(0);
    expect(await postgresPort()).toBeUndefined();
  });

  test('serves every path of ingest and subscription', async () => {
    const url = await start();
    const base = 'api/v3/event/subscribe';
    const statusOf = async (method: string, path: string, data: object = {}) => {
      const headers = { 'content-type': path === 'cloudevents' ? 'application/cloudevents+json' : 'application/json' };
      const answer = await http.request<unknown>({ method, url: `${url}/${path}`, data, headers });
      expect(answer.headers['x-request-id']).toEqual(expect.any(String));
      return [path, answer.status, answer.data];
    };
    const is = (path: string, status: number, answer: object) => [path, status, expect.objectContaining(answer)];
    expect([
      await statusOf('POST', 'api/publish'),
      await statusOf('POST', 'v1/event-bus/event/recv'),
      await statusOf('POST', 'v1/event-bus/recv'),
      await statusOf('POST', 'cloudevents'),
      await statusOf('POST', `${base}/0/2`),
      await statusOf('PUT', `${base}/0/2/999`),
      await statusOf('DELETE', `${base}/0/2/999`),
      await statusOf('POST', `${base}/search/0/2`),
      await statusOf('POST', `${base}/ping`),
      await statusOf('POST', `${base}/telnet`),
      await statusOf('GET', 'internal/subscriptions'),
      await statusOf('GET', 'healthz'),
      await statusOf('GET', 'readyz'),
    ]).toEqual([
      is('api/publish', 400, { msg: '参数event_source不能为空' }),
      is('v1/event-bus/event/recv', 400, { message: 'eventList is required' }),
      is('v1/event-bus/recv', 400, { message: 'eventList is required' }),
      is('cloudevents', 400, { message: 'specversion is required' }),
      is(`${base}/0/2`, 400, { bk_error_code: 1199010 }),
      is(`${base}/0/2/999`, 400, { bk_error_code: 1199010 }),
      is(`${base}/0/2/999`, 404, { bk_error_code: 1103001 }),
      is(`${base}/search/0/2`, 200, { bk_error_code: 0 }),
      is(`${base}/ping`, 400, { bk_error_code: 1199010 }),
      is(`${base}/telnet`, 400, { bk_error_code: 1199010 }),
      is('internal/subscriptions', 401, {}),
      is('healthz', 200, { status: 'ok' }),
      is('readyz', 200, { status: 'ready', checks: expect.objectContaining({ broker: true, directory: true }) }),
    ]);
  });
});

describe('a web page in a browser of the same machine', () => {
  const body = JSON.stringify({
    event_source: 'a',
    event_topic: 'b',
    event_type: 'c',
    event_status: '1',
    changes: [1],
  });
  const publish = (url: string, headers: Readonly<Record<string, string>>) =>
    http.post<unknown>(`${url}/api/publish`, body, { headers: { 'content-type': 'text/plain', ...headers } });

  test('can neither publish nor read, unlike other callers', async () => {
    const url = await start({ ALLOWED_HOSTS: 'bus.example, front.example' });
    const statusOf = async (headers: Readonly<Record<string, string>>) => (await publish(url, headers)).status;
    const refused = await publish(url, { origin: 'https://evil.example' });
    expect(refused).toMatchObject({
      status: 403,
      data: { message: 'pages of https://evil.example may not call: its host is none of ALLOWED_HOSTS' },
      headers: { 'x-request-id': expect.any(String) },
    });
    expect(await statusOf({ host: 'evil.example' })).toBe(403);
    expect(await statusOf({ origin: 'null' })).toBe(403);
    for (const headers of [{}, { origin: url }, { host: 'bus.example' }, { origin: 'https://front.example' }])
      expect(await statusOf(headers)).toBe(200);

    const evil = { headers: { host: 'evil.example' } };
    expect((await http.post<unknown>(`${url}/${search}`, {}, evil)).status).toBe(403);
    for (const path of ['metrics', 'no-such-route', 'internal/subscriptions'])
      expect((await http.get<unknown>(`${url}/${path}`, evil)).status).toBe(403);
    for (const path of ['healthz', 'readyz'])
      expect((await http.get<unknown>(`${url}/${path}`, evil)).status).toBe(200);
  });

  test('needs a key with AUTH=keys, so every host name is allowed', async () => {
    const KEYS_FILE = join(dataDir, 'keys.json');
    const key = await addKey(KEYS_FILE, { account: '0', roles: ['publish'] });
    const url = await start({ AUTH: 'keys', KEYS_FILE, HOST: '0.0.0.0' });
    const local = url.replace('0.0.0.0', '127.0.0.1');
    expect((await publish(local, { host: 'callbus:8080', authorization: `Bearer ${key}` })).status).toBe(200);
    expect((await publish(local, { host: 'callbus:8080' })).status).toBe(401);
  });

  test('a key that the API makes publishes at once, and not after its revocation', async () => {
    const KEYS_FILE = join(dataDir, 'admin-keys.json');
    const admin = { authorization: `Bearer ${await addKey(KEYS_FILE, { account: '0', roles: ['admin'] })}` };
    const url = await start({ AUTH: 'keys', KEYS_FILE });
    const keys = `${url}/api/v3/event/keys/0`;
    const made = await http.post<{ data: { id: string; key: string } }>(
      keys,
      { roles: ['publish'] },
      { headers: admin },
    );
    const { id, key } = made.data.data;
    const publisher = { authorization: `Bearer ${key}` };
    expect((await publish(url, publisher)).status).toBe(200);
    expect((await http.delete(`${keys}/${id}`, { headers: admin })).status).toBe(200);
    expect((await publish(url, publisher)).status).toBe(401);
  });
});

test.each([
  [
    { ALLOWED_HOSTS: 'bus.example,a/b' },
    'ALLOWED_HOSTS failed custom validation because "a/b" is not the name of a host',
  ],
  [
    { NODE_ENV: 'production' },
    'AMQP_URL is required with NODE_ENV=production: events in flight would live in memory only',
  ],
  [{ HOST: '0.0.0.0' }, 'HOST must be a loopback address, such as 127.0.0.1, with AUTH=none'],
  [{ HOST: '0.0.0.0', AUTH: 'none' }, 'HOST must be a loopback address, such as 127.0.0.1, with AUTH=none'],
])('refuses to start with %j', async (env, fault) => {
  const untouched = await mkdtemp(join(tmpdir(), 'callbus-standalone-'));
  const refused = runProgram(program, { CALLBUS_DATA_DIR: untouched, PORT: '0', ...env });
  expect(await refused.exited).toBe(2);
  expect(refused.output()).toBe(`callbus standalone cannot start:\n  ${fault}\n`);
  expect(await readdir(untouched)).toEqual([]);
  await rm(untouched, { recursive: true });
});

test('with URLs of real servers it uses them and embeds nothing', async () => {
  const place = await isolate({ database: true });
  const untouched = await mkdtemp(join(tmpdir(), 'callbus-standalone-'));
  const url = await start({
    NODE_ENV: 'production',
    CALLBUS_DATA_DIR: untouched,
    AMQP_URL: place.amqpUrl,
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: place.redisUrl,
    BROKER_PREFIX: place.brokerPrefix,
    REDIS_PREFIX: place.redisPrefix,
  });
  expect(standalone?.output()).not.toMatch(/memory|embedded/);
  expect(await readdir(untouched)).toEqual([]);

  const allButTheDeletion = printedLines().slice(0, -1);
  expect(answersIn(await paste(allButTheDeletion.join('\n'))).at(-1)).toMatchObject(
    ok({ info: [{ subscription_name: 'try-it', statistics: { total: expect.any(Number), failure: 0 } }] }),
  );
  await figuresToBe(url, 2);
  expect(await findTopology(place.amqpUrl, [place.brokerPrefix])).toContain(`queue ${place.brokerPrefix}events`);
  const database = new pg.Client(place.databaseUrl);
  await database.connect();
  expect((await database.query('SELECT name FROM subscriptions')).rows).toEqual([{ name: 'try-it' }]);
  await database.end();
  const redis = connectRedis({ url: place.redisUrl, logger: createLogger({ service: 'test', level: 'silent' }) });
  await waitFor(() => redis.status === 'ready', { what: 'Redis' });
  expect(await redis.hget(`${place.redisPrefix}subscription:1`, 'total')).toBe('2');
  redis.disconnect();

  expect(await stop('SIGTERM')).toBe(0);
  await waitFor(async () => (await http.get(url).catch(() => undefined)) === undefined, {
    what: 'the end of the process',
  });
  await place.cleanUp();
  await rm(untouched, { recursive: true });
});
