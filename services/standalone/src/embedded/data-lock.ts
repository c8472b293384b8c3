import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CannotStart } from '@callbus/runtime/lifecycle/cannot-start';
import { messageOf } from '@callbus/runtime/observability/message-of';
import Joi from 'joi';
import { isSameProcess, thisProcess, type ProcessMark } from './process-mark.js';
import { systemCodeOf } from './system-code.js';

export interface DataLock {
  release(): Promise<void>;
}

/** The interval at which the owner touches its lock, for containers that cannot see its process. */
const touchMs = 5_000;
/** An owner outside of this PID namespace counts as dead when its lock has not been touched for this long. */
const deadAfterMs = 30_000;

const schema = Joi.object<ProcessMark>({
  pid: Joi.number().integer().min(1).required(),
  startedAt: Joi.string().allow('').required(),
  space: Joi.string().allow('').required(),
});

/**
 * Makes this process the only one that uses a data directory. The lock of an owner that was killed is taken over.
 *
 * @throws CannotStart while another process uses it, or when it cannot be written
 */
export async function lockDataDir(dataDir: string): Promise<DataLock> {
  await mkdir(dataDir, { recursive: true }).catch((error: unknown) => cannotUse(dataDir, error));
  const file = join(dataDir, 'lock');
  const own = JSON.stringify(await thisProcess());
  // The lock is written under another name and then linked, so that no process reads a part of it.
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, own).catch((error: unknown) => cannotUse(dataDir, error));
  try {
    while (!(await isLinked(aside, file))) await removeDead(file, dataDir);
  } finally {
    await rm(aside, { force: true });
  }
  const touching = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), touchMs).unref();
  return {
    async release() {
      clearInterval(touching);
      if ((await readText(file)) === own) await rm(file, { force: true });
    },
  };
}

function cannotUse(dataDir: string, error: unknown): never {
  throw new CannotStart(`${dataDir} cannot be written (${messageOf(error)}): set CALLBUS_DATA_DIR to another folder`);
}

/** @returns false when there is a lock already */
function isLinked(aside: string, file: string): Promise<boolean> {
  return link(aside, file).then(
    () => true,
    (error: unknown) => {
      if (systemCodeOf(error) === 'EEXIST') return false;
      throw error;
    },
  );
}

/** @throws CannotStart while the owner lives */
async function removeDead(file: string, dataDir: string): Promise<void> {
  const text = await readText(file);
  if (text === undefined) return;
  const owner = readOwner(text);
  if (owner !== undefined && (await isAlive(owner, file))) {
    throw new CannotStart(
      `process ${owner.pid} uses ${dataDir} already: stop it, or set CALLBUS_DATA_DIR to another folder`,
    );
  }
  // The lock is renamed before it is removed: two processes that start at once may both find the dead owner's lock, and
  // the later one would remove the lock of the first.
  const dead = `${file}.${randomUUID()}`;
  await rename(file, dead).catch(() => undefined);
  if ((await readText(dead)) !== text) await link(dead, file).catch(() => undefined);
  await rm(dead, { force: true });
}

/** @returns undefined when the text is not a lock */
function readOwner(text: string): ProcessMark | undefined {
  try {
    return Joi.attempt(JSON.parse(text), schema);
  } catch {
    return undefined;
  }
}

/** The age of the lock decides for owners on the host or in another container, whose processes cannot be seen. */
async function isAlive(owner: ProcessMark, file: string): Promise<boolean> {
  if (owner.space === (await thisProcess()).space) return isSameProcess(owner);
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
  return Date.now() - mtimeMs < deadAfterMs;
}

function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
