import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { types } from 'node:util';
import { holderSchema, type KeyHolder } from '@callbus/contracts/keys/holder';
import Joi from 'joi';

interface KeyEntry extends KeyHolder {
  /** SHA-256 of the key, in hexadecimal. */
  readonly sha256: string;
}

const fileSchema = Joi.array<KeyEntry[]>()
  .items(holderSchema.append<KeyEntry>({ sha256: Joi.string().hex().lowercase().length(64).required() }))
  .unique('sha256');

/**
 * The holders of the keys, by the digest of the key.
 *
 * @throws when the text is not a list of keys
 */
export function readKeys(text: string): ReadonlyMap<string, KeyHolder> {
  return new Map(readEntries(text).map((entry) => [entry.sha256, entry]));
}

/** Error messages never quote the file, which may contain a key in clear text by mistake. */
function readEntries(text: string): KeyEntry[] {
  const result = fileSchema.validate(parse(text));
  if (result.error) throw new Error(`the key file is not valid: ${result.error.message}`);
  return result.value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the key file is not JSON');
  }
}

/** The prefix lets secret scanners recognize a leaked key. */
export function newKey(): string {
  return `callbus_${randomBytes(32).toString('base64url')}`;
}

export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * Makes a key and adds its digest to the key file, which is created if it is missing. The file is replaced as a whole,
 * so that a concurrent reader sees either the old keys or the new ones.
 *
 * @param keyHolder account, roles and optionally user, unchecked
 * @returns the key, which is stored nowhere
 * @throws when the holder or the file is invalid, or another key is being added
 */
export async function addKey(file: string, keyHolder: object): Promise<string> {
  const result = holderSchema.validate(keyHolder);
  if (result.error) throw new Error(result.error.message);
  const key = newKey();
  await replaceFile(file, (text) => {
    const all = [...readEntries(text ?? '[]'), { sha256: digestOf(key), ...result.value }];
    return `${JSON.stringify(all, undefined, 2)}\n`;
  });
  return key;
}

/** @param change gets the file's text, undefined when the file is missing */
async function replaceFile(file: string, change: (text: string | undefined) => string): Promise<void> {
  const next = `${file}.new`;
  // With `wx`, the second of two processes that add a key at the same time fails, and no key is lost.
  const handle = await open(next, 'wx', 0o600);
  try {
    await handle.writeFile(change(await readIfThere(file, handle)));
    await handle.sync();
    await rename(next, file);
  } catch (error) {
    await unlink(next);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Reads the file, and gives the next file its mode: the service may run as another user of the file's group. */
async function readIfThere(file: string, next: FileHandle): Promise<string | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    await next.chmod((await stat(file)).mode & 0o777);
    return text;
  } catch (error) {
    if (types.isNativeError(error) && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
