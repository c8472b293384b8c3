import { fork } from 'node:child_process';
import { once } from 'node:events';
import { endWithThisProcess } from '@callbus/testing/processes/end-with-this-process';
import { here, type Checkout, type ProgramName } from './checkout.js';
import type { Commands } from './serve-commands.js';

/** A process of the benchmark, and the commands that it serves. */
export interface Program<C extends Commands> {
  readonly pid: number;
  ask<K extends keyof C & string>(command: K, ...argument: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>>;
  stop(): Promise<void>;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** The options of the services in the Dockerfile and the start scripts. The floor has them, too. */
export const nodeOptions = ['--min-semi-space-size=32', '--max-semi-space-size=32', '--heap-growing-percent=150'];

export function startProgram<C extends Commands>(name: ProgramName, checkout: Checkout = here): Program<C> {
  return attend(checkout.program(name), { env: {}, execArgv: nodeOptions });
}

/** Starts a node program that serves commands over its channel, and ends with this process. Its output goes to standard error. */
export function attend<C extends Commands>(
  file: string,
  options: { env: Readonly<Record<string, string>>; execArgv: string[] },
): Program<C> {
  const child = fork(file, [], { ...options, stdio: ['ignore', 2, 2, 'ipc'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be started`);
  endWithThisProcess(child);
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;

  child.on('message', ({ id, result, error }: Reply) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(error));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended: ${code ?? signal ?? ''}`));
  });

  return {
    pid,
    ask: <K extends keyof C & string>(command: K, ...[argument]: Parameters<C[K]>) =>
      new Promise<Awaited<ReturnType<C[K]>>>((resolve, reject) => {
        lastId += 1;
        // The program belongs to the benchmark, so its results have the declared types.
        waiting.set(lastId, { resolve: resolve as (result: unknown) => void, reject });
        child.send({ id: lastId, command, argument });
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
