import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, expect, test } from '@jest/globals';
import { createLogDestination } from '../src/observability/log-destination.js';

const program = fileURLToPath(new URL('programs/life.mjs', import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts a service that logs three megabytes, and then writes a line to standard error. */
async function talk(stdout: 'pipe' | number) {
  const env = { PATH: process.env['PATH'], SCRIPT: 'talk' };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', stdout, 'pipe'] });
  children.push(child);
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += String(chunk)));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await waitFor(() => errors.includes('alive'), { what: 'the end of the three megabytes' });
  return { child, exit };
}

async function expectDrain({ child, exit }: Awaited<ReturnType<typeof talk>>): Promise<void> {
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
}

test('a log on a full disk does not stop the service', async () => {
  const full = openSync('/dev/full', 'w');
  const service = await talk(full);
  closeSync(full);
  await expectDrain(service);
});

test('a log whose reader has died does not stop the service', async () => {
  const service = await talk('pipe');
  service.child.stdout?.destroy();
  await expectDrain(service);
});

test('an unread log does not stop the service, and reports the number of lost lines when it is read again', async () => {
  const service = await talk('pipe');
  let log = '';
  service.child.stdout?.on('data', (chunk) => (log += String(chunk)));
  await waitFor(() => log.includes('log lines were lost'), { what: 'the line about the lost lines' });
  await waitFor(() => log.includes('still here'), { what: 'the lines that follow' });
  await expectDrain(service);
  await waitFor(() => log.includes('"stopped"'), { what: 'the last line' });
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; lines?: number });
  const lost = lines.find(({ msg }) => msg.startsWith('log lines were lost'))?.lines;
  expect(lines.filter(({ msg }) => msg === 'talk').length + Number(lost)).toBeGreaterThanOrEqual(3_000);
});

test('standard output gets no listener for errors if it has one', () => {
  const own = () => undefined;
  process.stdout.on('error', own);
  const listeners = process.stdout.listeners('error');
  createLogDestination(() => undefined);
  expect(process.stdout.listeners('error')).toEqual(listeners);
  process.stdout.off('error', own);
});
