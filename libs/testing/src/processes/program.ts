import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithThisProcess } from './end-with-this-process.js';

export type Environment = Readonly<Record<string, string>>;

export interface Program {
  readonly child: ChildProcess;
  /** Standard output and standard error so far. */
  output(): string;
  /** The exit code, or null after a signal. Resolves after the last output. */
  readonly exited: Promise<number | null>;
  hasExited(): boolean;
  kill(signal: NodeJS.Signals): void;
}

export interface ProgramOptions {
  /** Command-line options for node. */
  readonly execArgv?: readonly string[];
  /** Arguments of the program. */
  readonly args?: readonly string[];
  /** Called with each line of standard output. */
  readonly onLine?: (line: string) => void;
}

const services = fileURLToPath(new URL('../../../../services/', import.meta.url));

/**
 * Runs a built program of a service under node. The program ends with this process.
 *
 * @param file such as `delivery/dist/main.js`
 * @param env the whole environment except PATH
 */
export function runProgram(
  file: string,
  env: Environment,
  { execArgv = [], args = [], onLine }: ProgramOptions = {},
): Program {
  const child = spawn(process.execPath, [...execArgv, services + file, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithThisProcess(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  if (onLine !== undefined) createInterface({ input: child.stdout }).on('line', onLine);
  return {
    child,
    output: () => output,
    exited: new Promise((resolve) => child.on('close', (code) => resolve(code))),
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    kill: (signal) => void child.kill(signal),
  };
}
