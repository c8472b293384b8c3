import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Aborted by Ctrl-C: ends the program that runs, and every one that is started later except those of the clean-up. */
const stopping = new AbortController();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));

export const stopSignal = stopping.signal;

/**
 * Runs a program in a process group of its own, so that Ctrl-C in a terminal reaches only this process.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string, signal?: AbortSignal | null }} [options] `signal: null` for
 *   what has to run in spite of Ctrl-C
 * @returns what it has written on standard output
 * @throws with the end of its output when it fails
 */
export async function run(command, args, { cwd, env = process.env, input = '', signal = stopSignal } = {}) {
  signal?.throwIfAborted();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
  signal?.addEventListener('abort', end);
  let output = '';
  let everything = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    everything += chunk;
  });
  child.stderr.on('data', (chunk) => (everything += chunk));
  // A program that ends without reading its input is no error.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  try {
    const [code] = await once(child, 'close');
    signal?.throwIfAborted();
    if (code === 0) return output;
    const last = everything.trim().split('\n').slice(-25).join('\n');
    throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${last}`);
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/** @returns whether the program ends with 0 */
export const succeeds = (command, args, options) =>
  run(command, args, options).then(
    () => true,
    () => false,
  );
