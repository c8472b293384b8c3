import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePackage } from './debian-package.js';
import { startContainer } from './docker.js';
import { handshakes } from '../network/handshakes.js';
import { noPrivateServer, type PrivateServer } from './private-server.js';
import { makeServerDirectory } from './server-directory.js';
import { createServerProcess, findFreePort } from './server-process.js';

const run = promisify(execFile);
export const programs = '/usr/lib/rabbitmq/bin';

export interface PrivateRabbitmq extends PrivateServer {
  /** Runs `rabbitmqctl`, such as `ctl('set_vm_memory_high_watermark', '0')`. @returns its standard output */
  ctl(...args: string[]): Promise<string>;
}

/**
 * Starts a private RabbitMQ in some ten seconds: in Docker, else from Debian's package.
 *
 * @throws when neither is possible
 */
export async function startPrivateRabbitmq(): Promise<PrivateRabbitmq> {
  return (await startRabbitmqContainer()) ?? (await startRabbitmqPackage()) ?? noPrivateServer('RabbitMQ');
}

export async function startRabbitmqContainer(): Promise<PrivateRabbitmq | undefined> {
  const container = await startContainer({
    image: 'rabbitmq:4',
    port: 5672,
    urlAt: (authority) => `amqp://guest:guest@${authority}`,
    handshake: handshakes.amqp,
  });
  return container && { ...container, ctl: (...args) => container.execute(['rabbitmqctl', ...args]) };
}

export async function startRabbitmqPackage(): Promise<PrivateRabbitmq | undefined> {
  if (!(await ensurePackage('rabbitmq-server', join(programs, 'rabbitmq-server')))) return undefined;
  const directory = await makeServerDirectory('rabbitmq');
  const [port, distributionPort, mapperPort] = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const env = await writeEnvironment(directory.path, { port, distributionPort, mapperPort });

  const server = createServerProcess({
    command: join(programs, 'rabbitmq-server'),
    args: [],
    env,
    directory: directory.path,
    handshake: () => handshakes.amqp(url),
  });
  await startPortMapper(directory.path, mapperPort, env);
  await server.start();
  return {
    url,
    ...server,
    remove: directory.remove,
    ctl: async (...args) => (await run(join(programs, 'rabbitmqctl'), args, { env })).stdout,
  };
}

/** Erlang would start the port mapper itself, but as a daemon that stays. This one ends with our process. */
export async function startPortMapper(directory: string, port: number, env: Record<string, string>): Promise<void> {
  const mapper = createServerProcess({
    command: 'epmd',
    args: ['-port', String(port), '-address', '127.0.0.1'],
    env,
    directory,
    handshake: async () => {
      await run('epmd', ['-names'], { env });
    },
  });
  await mapper.start();
}

/**
 * Sets everything that RabbitMQ would otherwise take from the machine: names, ports, files and the cookie in its home.
 */
export async function writeEnvironment(
  directory: string,
  ports: { port: number; distributionPort: number; mapperPort: number },
  config: readonly string[] = [],
): Promise<Record<string, string>> {
  const files = { config: join(directory, `rabbitmq${ports.port}.conf`), plugins: join(directory, 'enabled_plugins') };
  const lines = [`listeners.tcp.local = 127.0.0.1:${ports.port}`, ...config];
  await writeFile(files.config, `${lines.join('\n')}\n`);
  await writeFile(files.plugins, '[].');
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(ports.mapperPort),
    RABBITMQ_NODENAME: `callbus${ports.port}@localhost`,
    RABBITMQ_NODE_PORT: String(ports.port),
    RABBITMQ_DIST_PORT: String(ports.distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_CONF_ENV_FILE: join(directory, 'no-rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: files.config,
    RABBITMQ_ENABLED_PLUGINS_FILE: files.plugins,
  };
}
