// The services as processes of their own: the built programs under node, told by their environment.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { attach } from './children.mjs';
import { ask, freePort } from './nginx-gateway.mjs';
import { pathTo } from './repository.mjs';

/** Everything else is the services' default. */
export const productionSettings = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  AUTH: 'none',
  // Where the receivers of the checks listen.
  CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
  INTERNAL_TOKEN: 'a-token-between-the-services',
};

/** As in the Dockerfile. */
const nodeOptions = ['--min-semi-space-size=32', '--max-semi-space-size=32', '--heap-growing-percent=150'];

/**
 * Starts a service, and resolves when it is ready.
 *
 * @param env all of its environment but PATH and PORT
 * @returns the service, which can be stopped and started again on the same port, with one log of parsed lines
 */
export async function startService(name, env, /** @type {{ port?: number, isReady?: boolean }} */ options = {}) {
  const { port, isReady } = options;
  const log = [];
  const ownPort = port ?? (await freePort());
  let child;
  let exited;
  let isEnding = false;
  const deaths = [];
  const service = {
    name,
    port: ownPort,
    url: `http://127.0.0.1:${ownPort}`,
    log,
    /** Where it ended without having been told to: exit code or signal, and the last lines of its log. */
    deaths,
    pid: () => child.pid,
    /** @param isReady false: only waits until it answers at all */
    async start({ isReady = true } = {}) {
      child = attach(
        spawn(process.execPath, [...nodeOptions, pathTo(`services/${name}/dist/main.js`)], {
          env: { PATH: process.env.PATH, PORT: String(ownPort), ...env },
          stdio: ['ignore', 'pipe', 'inherit'],
        }),
      );
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.push(line.startsWith('{') ? JSON.parse(line) : { text: line });
      });
      isEnding = false;
      exited = once(child, 'exit');
      child.once('exit', (code, signal) => {
        if (!isEnding) deaths.push({ name, code: code ?? signal, log: log.slice(-3) });
      });
      const path = isReady ? '/readyz' : '/healthz';
      for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
        const answer = await ask(ownPort, path, { method: 'GET', body: '' }).catch(() => undefined);
        if (answer?.status === 200) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(
        `${name} does not become ready: ${log
          .slice(-3)
          .map((line) => JSON.stringify(line))
          .join('\n')}`,
      );
    },
    signal: (signal) => child.kill(signal),
    /** SIGTERM. @returns the exit code */
    async stop() {
      isEnding = true;
      child.kill('SIGTERM');
      return (await exited)[0];
    },
    async kill() {
      isEnding = true;
      child.kill('SIGKILL');
      await exited;
    },
  };
  await service.start({ isReady });
  return service;
}
