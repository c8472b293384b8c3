import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import Joi from 'joi';
import { parse, stringify } from 'yaml';
import { messageOf } from '@callbus/runtime/observability/message-of';
import { Failure } from '../program/failure.js';
import type { Environment } from './environment.js';

export interface Profile {
  readonly url?: string;
  readonly account?: string;
  readonly key?: string;
}

export interface Profiles {
  /** The profile that is used unless another is named. */
  readonly current?: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

const schema = Joi.object<Profiles>({
  current: Joi.string(),
  profiles: Joi.object()
    .pattern(Joi.string(), Joi.object({ url: Joi.string(), account: Joi.string(), key: Joi.string() }))
    .default({}),
});

/** The file of the profiles, as the XDG Base Directory Specification places it. */
export function profilesFile(env: Environment): string {
  const home = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config');
  return join(home, 'callbus', 'config.yaml');
}

/** @throws Failure when the file is not what it should be */
export async function readProfiles(env: Environment): Promise<Profiles> {
  const file = profilesFile(env);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new Failure(`${file} cannot be read (${messageOf(error)})`);
  });
  try {
    return Joi.attempt((parse(text) as unknown) ?? {}, schema);
  } catch (error) {
    throw new Failure(`${file} is not valid: ${messageOf(error).split('\n')[0]}`);
  }
}

/** Writes the file so that only its owner can read it. */
export async function writeProfiles(env: Environment, profiles: Profiles): Promise<void> {
  const file = profilesFile(env);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, stringify(profiles), { mode: 0o600 });
  // The mode above holds only for a new file.
  await chmod(file, 0o600);
}
