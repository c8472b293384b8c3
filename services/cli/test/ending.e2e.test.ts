import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endWithThisProcess } from '@callbus/testing/processes/end-with-this-process';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openBusAndFolder } from './support/bus-and-folder.js';
import { callbus, main, startCallbus } from './support/callbus.js';
import { linesIn, openTerminal } from './support/terminal.js';

const bus = openBusAndFolder();
/** It takes requests and never answers. */
let silent: { url: string; requests: () => number; server: Server; sockets: Set<Socket> };

beforeAll(async () => {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer(() => (requests += 1)).on('connection', (socket) => sockets.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  silent = { url, requests: () => requests, server, sockets };
});
afterAll(async () => {
  const closed = once(silent.server.close(), 'close');
  for (const socket of silent.sockets) socket.destroy();
  await closed;
});

const on = (...args: string[]) => callbus(args, { CALLBUS_URL: bus.url });
const leftOver = async () =>
  JSON.parse((await on('--json', 'subs', 'list', '--match', '^callbus listen')).out) as unknown;

describe('Ctrl-C while the bus does not answer', () => {
  async function start(args: readonly string[]) {
    const before = silent.requests();
    const running = startCallbus(args, { CALLBUS_URL: silent.url });
    await waitFor(() => silent.requests() > before, { what: 'the request', timeoutMs: 30_000 });
    return running;
  }

  test.each([
    [['subs', 'list']],
    [['subs', 'delete', '1']],
    [['trace', 'x']],
    [['attempts', '1']],
    [['keys', 'list']],
    [['undelivered', 'list', '1']],
    [['secrets', 'rotate', '1']],
  ])('ends %j at once', async (args) => {
    const { child, exited, output } = await start(args);
    child.kill('SIGINT');
    expect([await exited, output()]).toEqual([130, '']);
  });

  test.each([
    [['queues', '--watch']],
    [['publish', '--type', 'x']],
    [['listen']],
    [['undelivered', 'replay', '1']],
    [['undelivered', 'delete', '1', '--all']],
  ])('lets %j end itself, says so, and a second one ends it', async (args) => {
    const { child, exited, output } = await start(args);
    child.kill('SIGINT');
    // npm passes the signal on once more.
    child.kill('SIGINT');
    await waitFor(() => output() !== '', { what: 'the hint' });
    child.kill('SIGINT');
    expect([await exited, output()]).toEqual([130, 'ending; Ctrl-C again ends at once\n']);
  });
});

describe('Ctrl-C', () => {
  test('stops a publish of standard input, which tells how far it came', async () => {
    const child = spawn(process.execPath, [main, 'publish', '--json'], {
      env: { PATH: process.env['PATH'] ?? '', CALLBUS_URL: bus.url },
    });
    endWithThisProcess(child);
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    child.stdin.write('{"source":"s","type":"t"}\n{"source":"s","ty');
    await waitFor(() => out !== '', { what: 'the event to be published', timeoutMs: 30_000 });
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect([code, err]).toEqual([130, '{"published":1,"repeated":0,"failed":0}\n']);
    child.stdin.destroy();
  });

  test('stops an apply between two steps, which shows the secrets that it made', async () => {
    const file = join(bus.directory, 'many.yaml');
    const one = (at: number) =>
      `  - { subscription_name: "m${at}", callback_url: "http://127.0.0.1:9/", subscription_form: a, secret: generate }`;
    await writeFile(file, `subscriptions:\n${Array.from({ length: 1_000 }, (_, at) => one(at)).join('\n')}\n`);
    const { child, exited, output } = startCallbus(['subs', 'apply', '-f', file], { CALLBUS_URL: bus.url });
    const made = async () =>
      (JSON.parse((await on('--json', 'subs', 'list', '--match', '^m')).out) as unknown[]).length;
    await waitFor(async () => (await made()) > 0, { what: 'the first subscription', timeoutMs: 30_000 });
    child.kill('SIGINT');
    expect(await exited).toBe(130);
    const count = await made();
    expect(count).toBeLessThan(1_000);
    expect(output().match(/^secret of m\d+: whsec_/gm)).toHaveLength(count);
    expect(output()).toContain(`did ${count} of 1000 steps: apply again for the others\ncallbus: interrupted\n`);
  });

  test('ends listen, although the local program does not answer', async () => {
    const { child, exited, output } = startCallbus(['listen', silent.url, '--names', 'hangs.#'], {
      CALLBUS_URL: bus.url,
    });
    await waitFor(() => output().includes('listening to'), { what: 'the listener', timeoutMs: 30_000 });
    const before = silent.requests();
    await on('publish', '--source', 'hangs', '--type', 'x');
    await waitFor(() => silent.requests() > before, { what: 'the callback' });
    child.kill('SIGINT');
    expect(await exited).toBe(0);
    expect(await leftOver()).toEqual([]);
  });

  test('a terminal that is closed ends listen too', async () => {
    const { child, exited, output } = startCallbus(['listen'], { CALLBUS_URL: bus.url });
    await waitFor(() => output().includes('listening to'), { what: 'the listener', timeoutMs: 30_000 });
    child.kill('SIGHUP');
    expect(await exited).toBe(0);
    expect(await leftOver()).toEqual([]);
  });
});

describe('a reader that has seen enough', () => {
  /** Runs a pipeline whose first program is the command line. @returns its exit code and all errors */
  async function pipe(command: string): Promise<{ code: number; out: string; err: string }> {
    const env = { PATH: process.env['PATH'] ?? '', CALLBUS_URL: bus.url };
    const line = `callbus() { '${process.execPath}' '${main}' "$@"; }; ${command}; echo "code \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', line], { env, timeout: 60_000 });
    const [, out = '', code = ''] = /^([^]*)code (\d+)\n$/.exec(stdout) ?? [];
    return { code: Number(code), out, err: stderr };
  }

  test.each([
    ['callbus --help | head -1', 'Usage: callbus [options] [command]\n'],
    ['callbus completion bash | head -1', '_callbus() {\n'],
    ['callbus queues | head -1', expect.stringMatching(/^QUEUE .*\n$/)],
    ['callbus queues --watch --json | head -1', expect.stringMatching(/^\{"at":.*\n$/)],
    ['callbus queues | true', ''],
    ['callbus trace nothing 2>&1 | true', ''],
  ])('%s', async (command, out) => {
    const piped = await pipe(command);
    expect(piped).toEqual({ code: expect.any(Number), out, err: '' });
    expect([0, 3]).toContain(piped.code);
  });

  test('ends listen, which leaves nothing behind', async () => {
    const publishing = (async () => {
      const listening = async () => ((await leftOver()) as unknown[]).length > 0;
      await waitFor(listening, { what: 'the listener', timeoutMs: 30_000 });
      for (const id of ['one', 'two', 'three']) await on('publish', '--source', 'cut', '--type', 'x', '--id', id);
    })();
    const { out } = await pipe("callbus listen --json --names 'cut.#' 2>/dev/null | head -1");
    await publishing;
    expect(JSON.parse(out)).toMatchObject({ name: 'cut.x' });
    expect(await leftOver()).toEqual([]);
  });
});

describe('a terminal', () => {
  const base = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TERM: 'xterm' };
  const escape = String.fromCharCode(27);
  async function show(command: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const terminal = openTerminal(command.replaceAll('callbus', `'${process.execPath}' '${main}'`), {
      ...base,
      CALLBUS_URL: bus.url,
      ...env,
    });
    await terminal.exited;
    return terminal.output();
  }

  test('has colours, except with NO_COLOR, --no-color and TERM=dumb', async () => {
    await on('subs', 'create', '--to', '9', '--name', 'dim', '--set', 'enabled=false');
    const list = 'callbus subs list --match dim';
    expect(await show(list)).toContain(`${escape}[2mpaused${escape}[22m`);
    for (const plain of [show(list, { NO_COLOR: '1' }), show(`${list} --no-color`), show(list, { TERM: 'dumb' })])
      expect(await plain).not.toContain(escape);
  });

  test('may be as narrow as it likes', async () => {
    for (const columns of [1, 20]) {
      expect(linesIn(await show(`stty cols ${columns}; callbus --help`))[0]).toMatch(/^Usage:/);
      const replayed = await show(`stty cols ${columns}; callbus undelivered replay dim`);
      expect(linesIn(replayed).at(-1)).toMatch(/^replayed 0 of 0$/);
    }
  });
});
