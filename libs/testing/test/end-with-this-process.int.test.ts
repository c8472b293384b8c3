import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { waitFor } from '../src/wait-for.js';

const built = new URL('../dist/processes/end-with-this-process.js', import.meta.url).href;
/** Starts a child, suspends it and prints its id. */
const program = `
  import { spawn } from 'node:child_process';
  import { endWithThisProcess } from '${built}';
  const child = spawn('sleep', ['600']);
  endWithThisProcess(child);
  child.kill('SIGSTOP');
  console.log(child.pid);
`;

/** @returns whether the process runs; a zombie does not */
function isRunning(pid: string): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return false;
  }
}

test.each(['SIGKILL', 'SIGINT'] as const)('a suspended child ends when its parent gets %s', async (signal) => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(parent, 'exit');
  const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = chunk.toString().trim();
  expect(isRunning(pid)).toBe(true);
  parent.kill(signal);
  await exited;
  await waitFor(() => !isRunning(pid), { what: 'the end of the child' });
});
