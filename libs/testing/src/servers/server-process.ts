import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../wait-for.js';

const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;

export interface ServerProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** User and group of the server. Default: those of this process. */
  readonly userId?: number;
  /** The signal that asks the server to shut down in order. */
  readonly stopSignal?: NodeJS.Signals;
  /** The path of a directory of `makeServerDirectory`. */
  readonly directory: string;
  /** Resolves when the server serves clients. */
  readonly handshake: () => Promise<void>;
}

/** Runs a server's program in its own process group. The program may be started again after it has ended. */
export function createServerProcess(options: ServerProcessOptions) {
  const { command, args, env, userId, stopSignal = 'SIGTERM', directory, handshake } = options;
  const logFile = join(directory, 'output.log');
  let child: ChildProcess | undefined;

  const isRunning = () => child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const ended = async () => {
    if (child && isRunning()) await once(child, 'exit');
  };
  const killGroup = () => {
    if (child?.pid !== undefined && isRunning()) process.kill(-child.pid, 'SIGKILL');
  };

  function run() {
    const log = openSync(logFile, 'a');
    const owner = userId === undefined ? {} : { uid: userId, gid: userId };
    const running = spawn(command, args, {
      cwd: directory,
      env,
      detached: true,
      stdio: ['ignore', log, log],
      ...owner,
    });
    closeSync(log);
    // A program that cannot be run at all has no process id, which `start` notices.
    running.on('error', () => undefined);
    const groupFile = join(directory, `${running.pid ?? 0}.group`);
    writeFileSync(groupFile, String(running.pid ?? ''));
    running.once('exit', () => rmSync(groupFile, { force: true }));
    return running;
  }

  return {
    async start(): Promise<void> {
      child = run();
      const isUp = () => !isRunning() || handshake().then(() => true);
      await waitFor(isUp, { what: command, timeoutMs: startTimeoutMs }).catch((error: unknown) => {
        killGroup();
        throw error;
      });
      if (!isRunning()) throw new Error(`${command} ended:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    },

    async stop(): Promise<void> {
      child?.kill(stopSignal);
      const timer = setTimeout(killGroup, stopTimeoutMs);
      await ended();
      clearTimeout(timer);
    },

    /** Sends a signal to the whole process group. */
    signal(signal: NodeJS.Signals): void {
      if (child?.pid !== undefined && isRunning()) process.kill(-child.pid, signal);
    },

    async kill(): Promise<void> {
      killGroup();
      await ended();
    },
  };
}

/**
 * Such a port and the port 10,000 above it are below the ports that systems give to outgoing connections, so that both stay free
 * until they are used.
 */
const freePorts = { first: 10_000, end: 22_000 };

/** A port that is free now. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(freePorts.first, freePorts.end);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw error;
    }
    await once(server.close(), 'close');
    return port;
  }
}
