import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, describe, expect, test } from '@jest/globals';

const program = fileURLToPath(new URL('programs/life.mjs', import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function live(env: Record<string, string>) {
  const child = spawn(process.execPath, [program], { env: { PATH: process.env['PATH'], ...env } });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  await waitFor(() => output.includes('started'), { what: 'the start' });
  const log = () =>
    output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { child, exit, log, output: () => output };
}

describe('an unexpected error', () => {
  test.each([
    ['throw', 'an uncaught exception'],
    ['reject', 'an unhandled rejection'],
  ])('%s is logged and ends the process', async (SCRIPT, message) => {
    const { exit, log, output } = await live({ SCRIPT });
    expect(await exit).toBe(1);
    expect(log().at(-1)).toMatchObject({ level: 60, msg: 'unexpected', err: { type: 'Error', message } });
    expect(output()).not.toContain('hunter2');
  });
});

test('CannotStart is printed as one line, and exits 2', async () => {
  const { exit, output } = await live({ SCRIPT: 'cannot start' });
  expect(await exit).toBe(2);
  const [started, ...rest] = output().trimEnd().split('\n');
  expect(started).toContain('started');
  expect(rest).toEqual(['callbus life cannot start: port 80 is taken']);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s drains and exits 0', async (signal) => {
  const { child, exit, log } = await live({ SCRIPT: 'take a moment' });
  child.kill(signal);
  expect(await exit).toBe(0);
  expect(log().map(({ msg }) => msg)).toEqual(['started', 'draining', 'stopped']);
});

describe('SIGTERM', () => {
  test('is ignored during a drain', async () => {
    const { child, exit, log } = await live({ SCRIPT: 'take a moment' });
    child.kill('SIGTERM');
    await waitFor(() => log().some(({ msg }) => msg === 'draining'), { what: 'the drain' });
    child.kill('SIGTERM');
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(log().map(({ msg }) => msg)).toEqual(['started', 'draining', 'stopped']);
  });

  test('cuts off unfinished work after DRAIN_TIMEOUT, logs it, and exits 0 when the work is handed back', async () => {
    const { child, exit, log } = await live({ SCRIPT: 'wait for the cut', DRAIN_TIMEOUT: '1' });
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(log().map(({ msg }) => msg)).toEqual([
      'started',
      'draining',
      'the time to drain is over: unfinished work is cut off',
      'handed back',
      'stopped',
    ]);
  });

  test('exits 1 when the drain fails', async () => {
    const { child, exit, log } = await live({ SCRIPT: 'fail to close' });
    child.kill('SIGTERM');
    expect(await exit).toBe(1);
    expect(log().at(-1)).toMatchObject({ level: 60, err: { message: 'cannot close' } });
  });
});

test('SIGUSR2 switches the log to debug and back', async () => {
  const { child, log } = await live({ SCRIPT: 'take a moment', LOG_LEVEL: 'info' });
  const levels = () => log().flatMap(({ msg, level, to }) => (msg === 'log level changed' ? [[level, to]] : []));
  child.kill('SIGUSR2');
  await waitFor(() => levels().length === 1, { what: 'the first change' });
  child.kill('SIGUSR2');
  await waitFor(() => levels().length === 2, { what: 'the second change' });
  expect(levels()).toEqual([
    [30, 'debug'],
    [30, 'info'],
  ]);
});
