import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StartedTestContainer } from 'testcontainers';
import type { PrivateServer } from './private-server.js';
import { findFreePort } from './server-process.js';
import { waitFor } from '../wait-for.js';

export interface ContainerOptions {
  readonly image: string;
  readonly port: number;
  readonly environment?: Record<string, string>;
  readonly command?: string[];
  readonly urlAt: (authority: string) => string;
  readonly handshake: (url: string) => Promise<void>;
}

export interface ContainerServer extends PrivateServer {
  /** Runs a command in the container. @returns its standard output */
  execute(command: string[]): Promise<string>;
}

/** The label by which the remover of a container finds it. */
export const removalLabel = 'callbus.removal';

const removeProgram = fileURLToPath(new URL('../../dist/servers/remove-container-program.js', import.meta.url));

/** Images that could not be started are listed here, also for child processes, so that each is tried once per run. */
const unusableVariable = 'CALLBUS_UNUSABLE_IMAGES';

/** @returns undefined without Docker, and when Docker cannot start the image. Standard error then names the image, once */
export async function startContainer(options: ContainerOptions): Promise<ContainerServer | undefined> {
  const { image } = options;
  const unusable = process.env[unusableVariable]?.split(' ') ?? [];
  if (unusable.includes(image)) return undefined;
  // Imported on demand, because the package is large and most runs do not need it.
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient().catch(() => undefined);
  if (client === undefined) return undefined;

  // A chosen port stays the same when the container is started again.
  const host = await findFreePort();
  const remover = startRemover();
  let started: StartedTestContainer;
  try {
    started = await new GenericContainer(image)
      .withExposedPorts({ container: options.port, host })
      .withEnvironment(options.environment ?? {})
      .withCommand(options.command ?? [])
      .withLabels({ [removalLabel]: remover.name })
      // The library cleans up by a container of another image, which may be missing as well. The remover replaces it.
      .withAutoCleanup(false)
      .start();
  } catch (error) {
    await remover.remove();
    process.env[unusableVariable] = [...unusable, image].join(' ');
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Docker cannot start ${image}, so another way is tried: ${reason.trim()}\n`);
    return undefined;
  }
  const container = client.container.getById(started.getId());
  const url = options.urlAt(`${started.getHost()}:${started.getMappedPort(options.port)}`);
  const serves = () => waitFor(() => options.handshake(url).then(() => true), { what: image, timeoutMs: 60_000 });
  await serves().catch(async (error: unknown) => {
    await remover.remove();
    throw error;
  });

  return {
    url,
    stop: () => client.container.stop(container),
    start: async () => {
      await client.container.start(container);
      await serves();
    },
    kill: async () => {
      await container.kill();
    },
    remove: () => remover.remove(),
    execute: async (command) => {
      const { stdout, stderr, exitCode } = await started.exec(command);
      if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
      return stdout;
    },
  };
}

/** Starts a process that removes a container when it is told to, or when this process has ended, in whatever way. */
function startRemover() {
  const name = randomUUID();
  const remover = spawn(process.execPath, [removeProgram, name], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const exited = once(remover, 'exit');
  return {
    name,
    remove: async () => {
      remover.stdin.end();
      await exited;
    },
  };
}
