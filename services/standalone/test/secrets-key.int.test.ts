import { afterEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecretsKey } from '../src/embedded/secrets-key.js';

let folder: string | undefined;
afterEach(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true });
});

test('the key is created once, readable by its owner only, and stays the same', async () => {
  folder = await mkdtemp(join(tmpdir(), 'callbus-secrets-'));
  const dataDir = join(folder, 'data');
  const first = await readSecretsKey(dataDir);
  const again = await readSecretsKey(dataDir);
  expect(again).toMatch(/^[\w-]{43}$/);
  expect(again).toBe(first);
  expect(await readdir(dataDir)).toEqual(['secrets-key']);
  expect((await stat(join(dataDir, 'secrets-key'))).mode & 0o777).toBe(0o600);
});
