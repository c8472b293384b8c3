import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key that signing secrets are sealed with, made at the first start and kept with the other data. */
export async function readSecretsKey(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secrets-key');
  await mkdir(dataDir, { recursive: true });
  // Made only where there is none: with another key the secrets that rest could not be opened any more.
  await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' }).catch(unlessThere);
  return (await readFile(file, 'utf8')).trim();
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
