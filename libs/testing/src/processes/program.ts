import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Program {
  /** Standard output and standard error so far. */
  output(): string;
  readonly exited: Promise<number | null>;
  hasExited(): boolean;
  kill(signal: NodeJS.Signals): void;
}

const services = fileURLToPath(new URL('../../../../services/', import.meta.url));

/**
 * Runs a built program under node, in an environment of nothing but `env`.
 *
 * @param file such as `delivery/dist/main.js`
 */
export function runProgram(file: string, env: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [services + file], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    output: () => output,
    // All output is there by then.
    exited: new Promise((resolve) => child.on('close', (code) => resolve(code))),
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    kill: (signal) => void child.kill(signal),
  };
}
