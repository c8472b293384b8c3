import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '@callbus/runtime/observability/message-of';
import Joi from 'joi';
import { stringify } from 'yaml';
import { Failure } from '../program/failure.js';
import type { Environment } from './environment.js';
import { readYaml } from './read-yaml.js';

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

/** The file of the profiles, as the XDG Base Directory Specification places it, for which an empty variable is not set. */
export function profilesFile(env: Environment): string {
  const home = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return join(home, 'callbus', 'config.yaml');
}

/** @throws Failure when the file is not what it should be */
export async function readProfiles(env: Environment): Promise<Profiles> {
  const file = profilesFile(env);
  const isMissing = await stat(file).then(
    () => false,
    (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT',
  );
  return isMissing ? { profiles: {} } : readYaml(file, schema);
}

/** @returns undefined when there is none of this name */
export function profileIn({ profiles }: Profiles, name: string): Profile | undefined {
  return Object.hasOwn(profiles, name) ? profiles[name] : undefined;
}

/** The bits of a file's mode that let other users read or write it. */
const ofOthers = 0o077;

/** Whether other users of the machine may read the keys. Windows has no such modes. */
export async function areKeysExposed(env: Environment): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const { mode } = await stat(profilesFile(env));
  return (mode & ofOthers) !== 0;
}

/** Writes the file so that only its owner can read it. @throws Failure when it cannot be written */
export async function writeProfiles(env: Environment, profiles: Profiles): Promise<void> {
  const file = profilesFile(env);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, stringify(profiles), { mode: 0o600 });
    // The mode above holds only for a new file.
    await chmod(file, 0o600);
  } catch (error) {
    throw new Failure(`${file} cannot be written: ${messageOf(error)}`);
  }
}
