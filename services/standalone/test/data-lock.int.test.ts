import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CannotStart } from '@callbus/runtime/lifecycle/cannot-start';
import { lockDataDir } from '../src/embedded/data-lock.js';
import { thisProcess } from '../src/embedded/process-mark.js';

let dataDir: string;
const lockFile = () => join(dataDir, 'lock');

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callbus-lock-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

const writeLock = (mark: unknown) => writeFile(lockFile(), typeof mark === 'string' ? mark : JSON.stringify(mark));
const ownerIn = async () => JSON.parse(await readFile(lockFile(), 'utf8')) as unknown;

test('a missing directory is created', async () => {
  const lock = await lockDataDir(join(dataDir, 'a', 'b'));
  await lock.release();
});

describe('while its owner lives', () => {
  test('another process is refused, and its attempt leaves no file', async () => {
    const lock = await lockDataDir(dataDir);
    const refused = lockDataDir(dataDir);
    await expect(refused).rejects.toThrow(CannotStart);
    await expect(refused).rejects.toThrow(
      `process ${process.pid} uses ${dataDir} already: stop it, or set CALLBUS_DATA_DIR to another folder`,
    );
    expect(await readdir(dataDir)).toEqual(['lock']);
    await lock.release();
    expect(await readdir(dataDir)).toEqual([]);
    await (await lockDataDir(dataDir)).release();
  });

  test('an owner in another PID namespace keeps its lock for as long as it touches it', async () => {
    await writeLock({ pid: 1, startedAt: 'then', space: 'pid:[of another container]' });
    await expect(lockDataDir(dataDir)).rejects.toThrow(CannotStart);
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lockFile(), longAgo, longAgo);
    await (await lockDataDir(dataDir)).release();
  });
});

describe('the lock of a dead owner is taken over', () => {
  const takesOver = async () => {
    const lock = await lockDataDir(dataDir);
    expect(await ownerIn()).toEqual(await thisProcess());
    await lock.release();
  };

  test('when no process has its id', async () => {
    const child = spawn(process.execPath, ['--version']);
    await once(child, 'exit');
    await writeLock({ ...(await thisProcess()), pid: child.pid });
    await takesOver();
  });

  test('when its id is that of a later process', async () => {
    await writeLock({ ...(await thisProcess()), startedAt: 'long before' });
    await takesOver();
  });

  test.each([[''], ['{"pid":'], ['{"pid":0}'], ['null']])('when its content is %j', async (text) => {
    await writeLock(text);
    await takesOver();
  });

  test('by one of many processes that start at the same time', async () => {
    await writeLock({ ...(await thisProcess()), startedAt: 'long before' });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(dataDir)));
    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.release();
    expect(await readdir(dataDir)).toEqual([]);
  });
});
