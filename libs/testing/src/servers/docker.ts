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

/** @returns undefined, at once, without Docker */
export async function startContainer(options: ContainerOptions): Promise<ContainerServer | undefined> {
  // Imported on demand, because the package is large and most runs do not need it.
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient().catch(() => undefined);
  if (client === undefined) return undefined;

  // A chosen port stays the same when the container is started again.
  const host = await findFreePort();
  const started = await new GenericContainer(options.image)
    .withExposedPorts({ container: options.port, host })
    .withEnvironment(options.environment ?? {})
    .withCommand(options.command ?? [])
    .start();
  const container = client.container.getById(started.getId());
  const url = options.urlAt(`${started.getHost()}:${started.getMappedPort(options.port)}`);
  const serves = () =>
    waitFor(() => options.handshake(url).then(() => true), { what: options.image, timeoutMs: 60_000 });
  await serves();

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
    remove: async () => {
      await started.stop();
    },
    execute: async (command) => {
      const { stdout, stderr, exitCode } = await started.exec(command);
      if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
      return stdout;
    },
  };
}
