import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addKey } from '@callbus/runtime/auth/key-file';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { callbus, startBus, type Bus } from './support/callbus.js';

jest.setTimeout(180_000);

let bus: Bus;
let receiver: Receiver;
let directory: string;
let isUp = true;

let key: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-cli-test-'));
  const KEYS_FILE = join(directory, 'keys.json');
  key = await addKey(KEYS_FILE, { account: '0', roles: ['publish', 'manage', 'operate', 'admin'] });
  bus = await startBus({ AUTH: 'keys', KEYS_FILE });
  receiver = await openReceiver({ answer: () => (isUp ? { body: 'ok' } : { status: 503, body: 'busy' }) });
});
afterAll(async () => {
  await bus.close();
  await receiver.close();
  await rm(directory, { recursive: true });
});

const given = () => ({ CALLBUS_URL: bus.url, CALLBUS_KEY: key });
const on = (...args: string[]) => callbus(args, given());
async function jsonOf<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await on('--json', ...args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}: ${err}`);
  return JSON.parse(out) as T;
}
const done = (out: string | RegExp) => ({ code: 0, out: expect.stringMatching(out), err: '' });
const create = (name: string, ...more: string[]) =>
  on('subs', 'create', '--name', name, '--to', `${receiver.url}/${name}`, '--names', `${name}.#`, ...more);
const callsTo = (name: string) => receiver.requests.filter(({ path }) => path === `/${name}`);

describe('subs', () => {
  test('creates, lists, shows, edits, tests, pauses, resumes and deletes, by id or name', async () => {
    expect(await create('life', '--secret', 'generate', '--header', 'x-team=media')).toEqual(
      done(/^created (\d+)\nsecret whsec_\S+ {2}\(shown only now\)\n$/),
    );
    expect(await on('subs', 'list', '--match', '^life$')).toEqual(
      done(new RegExp(`^ID +NAME .*\\n\\d+ +life +on +life\\.# +${receiver.url}/life +0 +0\\n$`)),
    );
    const { subscription_id: id } = await jsonOf<{ subscription_id: number }>('subs', 'show', 'life');
    expect(await on('subs', 'edit', 'life', '--timeout', '5', '--set', 'max_in_flight=2')).toEqual(
      done(`^changed timeout, max_in_flight of ${id}\n$`),
    );
    expect(await jsonOf('subs', 'show', String(id))).toMatchObject({
      timeout: 5,
      max_in_flight: 2,
      confirm_pattern: '2xx',
    });
    expect(await on('subs', 'test', 'life')).toEqual(done(/^200 in \d+ ms {2}ok\n$/));
    expect(callsTo('life').at(-1)?.headers).toMatchObject({
      'webhook-signature': expect.stringMatching(/^v1,/),
      'x-team': 'media',
    });
    expect(await on('subs', 'pause', 'life')).toEqual(done(`^paused ${id}\n$`));
    expect(await on('subs', 'resume', 'life')).toEqual(done(`^resumed ${id}\n$`));
    expect(await on('secrets', 'rotate', 'life')).toEqual(done(/^whsec_\S+\n$/));
    expect(await on('subs', 'delete', 'life')).toEqual(done(`^deleted ${id}\n$`));
  });

  test('ping posts to any allowed receiver', async () => {
    expect(await on('subs', 'ping', `${receiver.url}/ping`, '--data', '{"a":1}')).toEqual(done(/^200 {2}ok\n$/));
    expect(callsTo('ping').at(-1)?.body.toString()).toBe('{"a":1}');
  });
});

test('a port means the same to each command', async () => {
  const port = new URL(receiver.url).port;
  expect(await on('subs', 'ping', `${port}/ported`)).toEqual(done(/^200 {2}ok\n$/));
  expect(callsTo('ported')).toHaveLength(1);
  await on('subs', 'create', '--to', `${port}/ported`, '--name', 'ported', '--names', 'ported.#');
  expect(await jsonOf('subs', 'show', 'ported')).toMatchObject({ callback_url: `http://127.0.0.1:${port}/ported` });
});

test('help shows the options of a subcommand, and each default once', async () => {
  expect((await on('help', 'subs', 'apply')).out).toMatch(/^Usage: callbus subs apply \[options\]/);
  expect((await on('help')).out).toMatch(/^Usage: callbus \[options\] \[command\]/);
  for (const command of ['listen', 'publish', 'verify'])
    expect((await on('help', command)).out).not.toMatch(/\(default: [^)]*\)\s+\(default: /);
});

describe('publish', () => {
  test('one event of each dialect by options, and its story by trace and attempts', async () => {
    await create('story');
    const { id } = await jsonOf<{ id: string }>('publish', '--source', 'story', '--type', 'made', '--data', '{"n":1}');
    expect(await on('publish', '--etc', 'story.a.b.1', '--changes', '7,8')).toEqual(done(/^published \S+\n$/));
    await waitFor(() => callsTo('story').length === 2, { what: 'both callbacks' });
    const bodies = callsTo('story').map(({ body }) => JSON.parse(body.toString()) as unknown);
    expect(bodies).toEqual([
      expect.objectContaining({ id, source: 'story', type: 'made', data: { n: 1 } }),
      expect.objectContaining({ event_key: 'story.a.b.1', changes: ['7', '8'] }),
    ]);
    const story = `^${id} {2}story\\.made {2}accepted \\S+\nsubscription \\d+ story: delivered\n {2}attempt 1 .* confirmed +200 +\\d+ ms\n$`;
    await waitFor(async () => new RegExp(story).test((await on('trace', id)).out), { what: 'the story' });
    expect(await on('attempts', 'story', '--event', id)).toEqual(done(/^AT .*\n.*confirmed.*ok\n$/));
  });

  test('a file, standard input and a list; each event that is refused is named', async () => {
    const file = join(directory, 'events.jsonl');
    await writeFile(file, '{"source":"file","type":"a"}\n\n{"source":"file","type":"b","id":"same"}\n');
    expect(await on('publish', file)).toEqual({ code: 0, out: '', err: 'published 2\n' });
    expect((await on('publish', file)).err).toBe('published 2, of which the bus had 1 before\n');

    const lines = [
      '{"source":"","type":"refused"}',
      '{"event_source":"a","event_topic":"b","event_type":"c","event_status":"d","changes":[1]}',
      '{"eventBusId":"default","eventList":[{"source":"s","type":"t"},{"source":"s","type":"u"}]}',
    ].join('\n');
    expect(await callbus(['publish'], given(), lines)).toEqual({
      code: 1,
      out: expect.stringMatching(/^failed: source is required \(400\).*: \{"source":"","type":"refused"\}\n$/),
      err: 'published 3; 1 failed\n',
    });
    const pretty = '[\n  { "source": "s", "type": "t" },\n  { "source": "s", "type": "u" }\n]';
    expect((await callbus(['publish', '-'], given(), pretty)).err).toBe('published 2\n');
  });

  test.each([
    [['publish', 'no-such-file'], 'the events cannot be read: ENOENT'],
    [['publish', '--source', 'a'], 'a CloudEvent needs --type'],
    [['publish', '--data', '1', 'events.jsonl'], 'a CloudEvent needs --type'],
    [['subs', 'create', '--name', 'a'], 'give the receiver by --to'],
    [
      ['publish', '--etc', 'a.b.c.d', '--type', 'x'],
      "'--etc <source.topic.type.status>' cannot be used with option '--type",
    ],
    [['publish', '--etc', 'a.b.c.d', '--data', '1'], "cannot be used with option '--data"],
    [['publish', '--type', 'x', '--changes', '7'], '--changes belongs to --etc'],
    [['subs', 'ping', '18555x'], '18555x is neither a port nor an http or https URL'],
    [['subs', 'create', '--to', '18555x'], '18555x is neither a port nor an http or https URL'],
    [['listen', '18555x'], '18555x is neither a port nor an http or https URL'],
    [['help', 'subs', 'aply'], "error: unknown command 'subs aply'"],
    [['publish', '--etc', 'a.b'], '--etc a.b has not the form source.topic.type.status'],
    [['trace'], "error: missing required argument 'event'"],
    [['subs', 'lst'], "error: unknown command 'lst'"],
    [['--url', 'nowhere', 'queues'], 'nowhere is no http or https URL'],
    [['--profile', 'nobody', 'queues'], 'there is no profile nobody'],
    [['undelivered', 'delete', 'x'], 'choose events by --all, --ids, --from or --to'],
  ])('%j is a usage fault', async (args, message) => {
    const { code, out, err } = await on(...args);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(message)]);
    expect(err).not.toMatch(/^ +at /m);
  });
});

test('undelivered events are listed, shown, replayed and deleted', async () => {
  await create('fails', '--max-attempts', '1');
  isUp = false;
  const { id } = await jsonOf<{ id: string }>('publish', '--source', 'fails', '--type', 'made', '--data', '"x"');
  const listed = () => jsonOf<{ count: number; info: { id: number }[] }>('undelivered', 'list', 'fails');
  await waitFor(async () => (await listed()).count === 1, { what: 'the undelivered event' });
  isUp = true;
  const [row] = (await listed()).info;
  expect(await on('undelivered', 'show', 'fails', String(row?.id))).toEqual(
    done(new RegExp(`exhausted[^]*"id": "${id}"`)),
  );
  expect(await on('undelivered', 'replay', 'fails', '--all')).toEqual(done(/^replayed 1 of 1\n$/));
  await waitFor(() => callsTo('fails').length === 2, { what: 'the replayed callback' });

  await on('subs', 'pause', 'fails');
  await on('publish', '--source', 'fails', '--type', 'made');
  await waitFor(async () => (await listed()).count === 1, { what: 'the held event' });
  expect(await on('undelivered', 'delete', 'fails', '--all')).toEqual(done(/^deleted 1\n$/));
  expect(await on('undelivered', 'list', 'fails')).toEqual(done(/^nothing is undelivered\n$/));
});

test('queues lists the work queues', async () => {
  expect(await on('queues')).toEqual(done(/^QUEUE [^]*\nevents +0 [^]*\ndeliveries +0 [^]*\nundelivered +0 /));
});

test('keys are made, listed and revoked, and a call without one says what to do', async () => {
  const { id, key: made } = await jsonOf<{ id: string; key: string }>(
    'keys',
    'create',
    '--roles',
    'look, publish',
    '--user',
    'ada',
  );
  const asMade = () => callbus(['subs', 'show', 'no-such'], { CALLBUS_URL: bus.url, CALLBUS_KEY: made });
  await waitFor(async () => !(await asMade()).err.includes('(401)'), { what: 'the key to be known' });
  expect(await on('keys', 'list')).toEqual(done(new RegExp(`^ID +ROLES [^]*${id} +look,publish +ada +`)));
  expect(await on('keys', 'revoke', id)).toEqual(done(`^revoked ${id}\n$`));
  await waitFor(async () => (await asMade()).err.includes('(401)'), { what: 'the end of the key' });
  expect(await callbus(['queues'], { CALLBUS_URL: bus.url })).toEqual({
    code: 3,
    out: '',
    err: expect.stringMatching(/^callbus: .*\(401\): set CALLBUS_KEY, or store a key/),
  });
});

test('doctor finds a missing key, a refused one, and one that cannot look', async () => {
  const doctor = async (CALLBUS_KEY: string, ...more: string[]) => {
    const { code, out } = await callbus([...more, 'doctor'], { CALLBUS_URL: bus.url, CALLBUS_KEY });
    return [code, out];
  };
  expect(await doctor(key)).toEqual([0, expect.stringMatching(/ok +key +it is valid for account 0\n/)]);
  expect(await doctor('')).toEqual([
    1,
    expect.stringMatching(/fault +key +the bus needs one, and none is given\n +→ set CALLBUS_KEY/),
  ]);
  expect(await doctor('callbus_wrong')).toEqual([
    1,
    expect.stringMatching(/fault +key +the bus does not know it: .*\n +→ correct CALLBUS_KEY/),
  ]);
  expect(await doctor(key, '--account', 'media')).toEqual([
    0,
    expect.stringMatching(/unknown +key +the bus knows it, but it cannot look at account media\n +→ .*--account/),
  ]);
});

describe('exit codes', () => {
  test('3 for what the bus refuses, 4 without a bus, one line each', async () => {
    expect(await on('trace', 'unknown')).toEqual({
      code: 3,
      out: '',
      err: expect.stringMatching(/^callbus: .*\(404\).*\n$/),
    });
    const nowhere = await callbus(['--url', `http://127.0.0.1:${await findFreePort()}`, '--json', 'queues']);
    expect([nowhere.code, nowhere.out]).toEqual([4, '']);
    expect(JSON.parse(nowhere.err)).toEqual({ error: expect.stringContaining('ECONNREFUSED'), exitCode: 4 });
  });
});

test('a profile keeps address and key in a file of its owner, and the environment wins over it', async () => {
  const env = { XDG_CONFIG_HOME: directory };
  const set = ['profiles', 'set', 'trial', '--key', '--url', 'http://127.0.0.1:1'];
  expect((await callbus(set, env, 'callbus_secret\n')).code).toBe(0);
  const { mode } = await stat(join(directory, 'callbus', 'config.yaml'));
  expect(mode & 0o777).toBe(0o600);
  expect(await callbus(['profiles', 'list'], env)).toEqual(done(/\* trial +http:\/\/127\.0\.0\.1:1 +key\n$/));
  expect((await callbus(['queues'], env)).code).toBe(4);
  expect((await callbus(['queues'], { ...env, ...given() })).code).toBe(0);
  expect((await callbus(['profiles', 'delete', 'trial'], env)).code).toBe(0);
});
