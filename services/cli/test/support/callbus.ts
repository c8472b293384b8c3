import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithThisProcess } from '@callbus/testing/processes/end-with-this-process';
import { runProgram } from '@callbus/testing/processes/program';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';

/** The built command line. */
export const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command line to its end. @param input its standard input */
export function callbus(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  endWithThisProcess(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

/** Starts the built command line. */
export function startCallbus(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithThisProcess(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, exited, output: () => output };
}

/** A whole bus in a process of its own, with everything embedded. */
export async function startBus(env: Readonly<Record<string, string>> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'callbus-cli-'));
  // PostgreSQL must be able to enter this folder, also when root runs the tests.
  await chmod(dataDir, 0o755);
  const port = await findFreePort();
  const program = runProgram('standalone/dist/main.js', {
    CALLBUS_DATA_DIR: dataDir,
    PORT: String(port),
    RETRY_SCHEDULE: '1s',
    ...env,
  });
  await waitFor(() => program.output().includes('Try it') || program.hasExited(), {
    what: 'the bus',
    timeoutMs: 150_000,
  });
  if (program.hasExited()) throw new Error(program.output());
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => program.output(),
    async close() {
      program.kill('SIGTERM');
      await program.exited;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type Bus = Awaited<ReturnType<typeof startBus>>;
