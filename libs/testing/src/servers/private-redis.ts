import { ensurePackage } from './debian-package.js';
import { startContainer } from './docker.js';
import { handshakes } from '../network/handshakes.js';
import { noPrivateServer, type PrivateServer } from './private-server.js';
import { makeServerDirectory } from './server-directory.js';
import { createServerProcess, findFreePort } from './server-process.js';

const program = '/usr/bin/redis-server';
/**
 * Acknowledged writes are in the file system, and so survive a crash of the process, but not of the machine. The file
 * is not rewritten when it has grown: a rewrite takes a core, and these servers do not live long.
 */
const keepData = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'no', '--auto-aof-rewrite-percentage', '0'];

/**
 * Starts a private Redis: in Docker, else from Debian's package.
 *
 * @param args further options of Redis
 * @throws when neither is possible
 */
export async function startPrivateRedis(...args: string[]): Promise<PrivateServer> {
  return (await startRedisContainer(...args)) ?? (await startRedisPackage(...args)) ?? noPrivateServer('Redis');
}

export function startRedisContainer(...args: string[]): Promise<PrivateServer | undefined> {
  return startContainer({
    image: 'redis:7',
    port: 6379,
    command: ['redis-server', ...keepData, ...args],
    urlAt: (authority) => `redis://${authority}`,
    handshake: handshakes.redis,
  });
}

export async function startRedisPackage(...args: string[]): Promise<PrivateServer | undefined> {
  if (!(await ensurePackage('redis-server', program))) return undefined;
  const directory = await makeServerDirectory('redis');
  const port = await findFreePort();
  const url = `redis://127.0.0.1:${port}`;
  const server = createServerProcess({
    command: program,
    args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory.path, ...keepData, ...args],
    directory: directory.path,
    handshake: () => handshakes.redis(url),
  });
  await server.start();
  return {
    url,
    ...server,
    remove: directory.remove,
  };
}
