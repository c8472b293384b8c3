import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { isolate, type Place } from '@callbus/testing/isolate';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { runProgram, type Program } from '@callbus/testing/processes/program';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import axios from 'axios';
import { firstScreen } from '../src/first-screen.js';

jest.setTimeout(90_000);

const http = axios.create({ proxy: false, headers: { connection: 'close' } });
let dataDir: string;
let receiver: Receiver;
let running: Program | undefined;

let place: Place;
let servers: Readonly<Record<'amqp' | 'postgres' | 'redis', string>>;

beforeAll(async () => {
  place = await isolate();
  servers = { amqp: place.amqpUrl, postgres: place.databaseUrl, redis: place.redisUrl };
  dataDir = await mkdtemp(join(tmpdir(), 'callbus-first-screen-'));
  // PostgreSQL must be able to enter this folder, also when root runs the tests.
  await chmod(dataDir, 0o755);
  receiver = await openReceiver({ answer: ({ path }) => (path === '/hangs' ? undefined : { status: 503 }) });
});
afterEach(async () => {
  running?.kill('SIGTERM');
  await running?.exited;
});
afterAll(async () => {
  await receiver.close();
  await place.cleanUp();
  await rm(dataDir, { recursive: true, force: true });
});

function run(...args: string[]): Program {
  running = runProgram('standalone/dist/main.js', { CALLBUS_DATA_DIR: dataDir, PORT: '1' }, { args });
  return running;
}

async function start(...args: string[]) {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const program = run('--port', new URL(url).port, ...args);
  await waitFor(() => program.output().includes('Try it') || program.hasExited(), {
    what: 'the first screen',
    timeoutMs: 60_000,
  });
  return { program, url };
}

async function subscribe(url: string, name: string, path: string): Promise<void> {
  await http.post(`${url}/api/v3/event/subscribe/0/2`, {
    subscription_name: name,
    callback_url: receiver.url + path,
    confirm_mode: 'httpstatus',
    subscription_form: `${name}.#`,
  });
}

async function publish(url: string, source: string): Promise<string> {
  const event = { event_source: source, event_topic: 'gs', event_type: 'cert', event_status: '1', changes: [1] };
  const { data } = await http.post<{ request_id: string }>(`${url}/api/publish`, event);
  return data.request_id;
}

test('names docs, API and receiver, and prints a line per event and callback', async () => {
  const { program, url } = await start();
  for (const [what, path] of [
    ['docs', '/docs'],
    ['API', '/openapi.json'],
    ['sample receiver', '/sample-receiver'],
  ] as const) {
    expect(program.output()).toMatch(new RegExp(`^ {2}${what} +${url}${path}$`, 'm'));
  }
  const page = await http.get<string>(`${url}/docs`);
  const [, script = ''] = /<script type="module" src="([^"]+)">/.exec(page.data) ?? [];
  expect((await http.get(url + script)).headers['content-type']).toMatch(/javascript/);

  await subscribe(url, 'a', '/a');
  const id = await publish(url, 'a');
  await waitFor(() => program.output().includes('again in'), { what: 'the line of the callback' });
  const lines = program.output().match(/^\d\d:\d\d:\d\d\.\d{3} .*$/gm) ?? [];
  expect(lines.map((line) => line.slice('00:00:00.000  '.length).replace(/\d+ ms/, '7 ms'))).toEqual([
    `--> a.gs.cert.1  to 1 subscription  [${id}]`,
    `<-- 503  ${receiver.url}/a  attempt 1, 7 ms: refused, again in 5s  [${id}]`,
  ]);
});

test('prints no such line with --quiet', async () => {
  const { program, url } = await start('--quiet');
  await subscribe(url, 'quiet', '/quiet');
  await publish(url, 'quiet');
  await waitFor(() => receiver.requests.some(({ path }) => path === '/quiet'), { what: 'the callback' });
  program.kill('SIGTERM');
  expect(await program.exited).toBe(0);
  expect(program.output()).not.toMatch(/-->|<--/);
});

describe('Ctrl-C', () => {
  test('says what it waits for; a second one ends at once, says what is lost, and leaves no database behind', async () => {
    const { program, url } = await start();
    await subscribe(url, 'hangs', '/hangs');
    await publish(url, 'hangs');
    await waitFor(() => receiver.requests.some(({ path }) => path === '/hangs'), { what: 'the callback' });

    program.kill('SIGINT');
    // npm passes the signal on, so that a process gets it twice for one Ctrl-C.
    program.kill('SIGINT');
    await waitFor(() => program.output().includes('Ctrl-C again'), { what: 'the first note' });
    expect(program.output()).toMatch(/^Stopping: waits up to \d+ s for callbacks under way\./m);
    expect(program.hasExited()).toBe(false);

    // Signals that are closer than this count as one.
    await sleep(600);
    program.kill('SIGINT');
    expect(await program.exited).toBe(130);
    expect(program.output()).toMatch(
      /^Ended at once\. Lost: the callbacks under way, and the messages that wait in memory: \d+\.\n$/m,
    );
    expect(await readdir(join(dataDir, 'postgres'))).not.toContain('postmaster.pid');
  });
});

test.each([
  [['--prot', '1'], "error: unknown option '--prot'\n(Did you mean --port?)\n"],
  [['--port', 'x'], "error: option '-p, --port <number>' argument 'x' is invalid. It is not a port from 0 to 65535.\n"],
  [['now'], 'error: too many arguments. Expected 0 arguments but got 1.\n'],
])('refuses %j in one line', async (args, message) => {
  const program = run(...args);
  expect([await program.exited, program.output()]).toEqual([2, message]);
});

test('answers --help and --version', async () => {
  const help = run('--help');
  expect([await help.exited, help.output()]).toEqual([0, expect.stringContaining('--port <number>')]);
  const version = run('--version');
  expect([await version.exited, version.output()]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
});

test.each([
  ['AMQP_URL', 'amqp', 'RabbitMQ', 'user or password is wrong'],
  ['DATABASE_URL', 'postgres', 'PostgreSQL', 'role "nobody" does not exist'],
  ['REDIS_URL', 'redis', 'Redis', 'WRONGPASS invalid username-password pair or user is disabled.'],
  ['TRACES_REDIS_URL', 'redis', 'Redis', 'WRONGPASS invalid username-password pair or user is disabled.'],
] as const)('a refused login of %s is one line and exit code 2', async (setting, kind, server, reason) => {
  const url = new URL(servers[kind]);
  Object.assign(url, { username: 'nobody', password: 'wrong' });
  running = runProgram('standalone/dist/main.js', { CALLBUS_DATA_DIR: dataDir, PORT: '0', [setting]: url.href });
  expect([await running.exited, running.output()]).toEqual([
    2,
    `callbus standalone cannot start: ${server} refuses the login: ${reason}: correct ${setting}\n`,
  ]);
});

test.each([
  ['AMQP_URL', 'amqp', '/nope', 'RabbitMQ', 'there is no virtual host nope, or it takes no connection of this user'],
  ['REDIS_URL', 'redis', '/99999', 'Redis', 'ERR DB index is out of range'],
] as const)(
  '%s that names what its server does not have is one line and exit code 2',
  async (setting, kind, path, server, reason) => {
    const url = new URL(servers[kind]);
    url.pathname = path;
    running = runProgram('standalone/dist/main.js', { CALLBUS_DATA_DIR: dataDir, PORT: '0', [setting]: url.href });
    expect([await running.exited, running.output()]).toEqual([
      2,
      `callbus standalone cannot start: ${server} refuses the login: ${reason}: correct ${setting}\n`,
    ]);
  },
);

test.each(['missing.json', 'wrong.json'])('a key file that is %s is one line and exit code 2', async (name) => {
  const KEYS_FILE = join(dataDir, name);
  await writeFile(join(dataDir, 'wrong.json'), '{"keys": 7}');
  running = runProgram('standalone/dist/main.js', { CALLBUS_DATA_DIR: dataDir, PORT: '0', AUTH: 'keys', KEYS_FILE });
  expect(await running.exited).toBe(2);
  expect(running.output()).toMatch(
    /^callbus standalone cannot start: KEYS_FILE .*\.json: .*: correct it, or make a key by npm run key\n$/,
  );
});

test.each([
  ['none', []],
  ['keys', ['-H "Authorization: Bearer $KEY"', 'KEY is a key']],
  ['gateway', ['-H "X-Gateway-Token: $GATEWAY_TOKEN"', 'GATEWAY_TOKEN is the token']],
] as const)('the examples authenticate with AUTH=%s', (auth, expected) => {
  const screen = firstScreen('http://127.0.0.1:8080', [], auth);
  for (const text of expected) expect(screen).toContain(text);
  const calls = screen.split('\n').filter((line) => line.includes('curl '));
  expect(calls.length).toBeGreaterThan(3);
  expect(
    calls.filter((line) => (expected[0] === undefined ? / -H "/.test(line) : !line.includes(expected[0]))),
  ).toEqual([]);
});

test('an older Node is refused before the installation', async () => {
  const setup = pathToFileURL(join(import.meta.dirname, '../../../scripts/setup.mjs')).href;
  const old = `Object.defineProperty(process.versions, 'node', { value: '18.20.1' }); await import('${setup}');`;
  const running = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', old]);
  await expect(running).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^callbus: Node 18\.20\.1 is too old: install Node 20\.\d+ or later from \S+\n$/),
  });
});
