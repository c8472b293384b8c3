import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key that seals secrets. It is made at the first start and kept with the other data. */
export async function readSecretsKey(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secrets-key');
  await mkdir(dataDir, { recursive: true });
  // An existing key is kept, because a new one could not open the stored secrets.
  await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' }).catch(unlessThere);
  return (await readFile(file, 'utf8')).trim();
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
