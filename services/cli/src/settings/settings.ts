import { Failure } from '../program/failure.js';
import type { Environment } from './environment.js';
import { readProfiles } from './profiles.js';

export interface GlobalOptions {
  readonly url?: string;
  readonly account?: string;
  readonly profile?: string;
  readonly json?: boolean;
  readonly color?: boolean;
}

export interface Settings {
  readonly url: string;
  readonly account: string;
  readonly key: string | undefined;
}

const defaultUrl = 'http://127.0.0.1:8080';
const defaultAccount = '0';

/**
 * Options win over the environment, and the environment over the profile. A key is no option, because other users of a
 * machine can read the arguments of its processes.
 *
 * @throws Failure
 */
export async function resolveSettings(options: GlobalOptions, env: Environment): Promise<Settings> {
  const { current, profiles } = await readProfiles(env);
  const name = options.profile ?? env['CALLBUS_PROFILE'] ?? current;
  const profile = name === undefined ? {} : profiles[name];
  if (profile === undefined) throw new Failure(`there is no profile ${String(name)}: see callbus profiles list`);
  const url = options.url ?? env['CALLBUS_URL'] ?? profile.url ?? defaultUrl;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Failure(`${url} is no http or https URL: set --url or CALLBUS_URL`);
  return {
    url: url.replace(/\/+$/, ''),
    account: options.account ?? env['CALLBUS_ACCOUNT'] ?? profile.account ?? defaultAccount,
    key: env['CALLBUS_KEY'] ?? profile.key,
  };
}
