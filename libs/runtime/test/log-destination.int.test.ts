import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, expect, test } from '@jest/globals';

const program = fileURLToPath(new URL('programs/life.mjs', import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A service that logs three megabytes, and says on standard error that it is through with it. */
async function talk(stdout: 'pipe' | number) {
  const env = { PATH: process.env['PATH'], SCRIPT: 'talk' };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', stdout, 'pipe'] });
  children.push(child);
  let told = '';
  child.stderr?.on('data', (chunk) => (told += String(chunk)));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await waitFor(() => told.includes('alive'), { what: 'the service to get through its log' });
  return { child, exit };
}

async function endsInOrder({ child, exit }: Awaited<ReturnType<typeof talk>>): Promise<void> {
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
}

test('a log on a full disk does not stop the service', async () => {
  const full = openSync('/dev/full', 'w');
  const service = await talk(full);
  closeSync(full);
  await endsInOrder(service);
});

test('a log whose reader has died does not stop the service', async () => {
  const service = await talk('pipe');
  service.child.stdout?.destroy();
  await endsInOrder(service);
});

test('a log that nobody reads does not stop the service, and says what was lost once it is read', async () => {
  const service = await talk('pipe');
  let log = '';
  service.child.stdout?.on('data', (chunk) => (log += String(chunk)));
  await waitFor(() => log.includes('log lines were lost'), { what: 'the line about the others' });
  await waitFor(() => log.includes('still here'), { what: 'the lines that follow' });
  await endsInOrder(service);
  await waitFor(() => log.includes('"stopped"'), { what: 'the last line' });
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; lines?: number });
  const lost = lines.find(({ msg }) => msg.startsWith('log lines were lost'))?.lines;
  expect(lines.filter(({ msg }) => msg === 'talk').length + Number(lost)).toBeGreaterThanOrEqual(3_000);
});
