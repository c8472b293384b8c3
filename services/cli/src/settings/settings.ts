import { Failure } from '../program/failure.js';
import type { Environment } from './environment.js';
import { areKeysExposed, profileIn, profilesFile, readProfiles } from './profiles.js';

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
  /** What the user should mend, although the command can run. */
  readonly warning: string | undefined;
}

const defaultUrl = 'http://127.0.0.1:8080';
const defaultAccount = '0';

/**
 * Options win over the environment, and the environment over the profile. A variable that is empty is not set. A key is no option,
 * because other users of a machine can read the arguments of its processes.
 *
 * @throws Failure
 */
export async function resolveSettings(options: GlobalOptions, env: Environment): Promise<Settings> {
  const all = await readProfiles(env);
  const name = options.profile ?? (env['CALLBUS_PROFILE'] || all.current);
  const profile = name === undefined ? {} : profileIn(all, name);
  if (profile === undefined) throw new Failure(`there is no profile ${String(name)}: see callbus profiles list`);
  const account = options.account ?? (env['CALLBUS_ACCOUNT'] || profile.account || defaultAccount);
  const key = env['CALLBUS_KEY'] || profile.key;
  const isExposed = key !== undefined && key === profile.key && (await areKeysExposed(env));
  return {
    url: busUrl(options.url ?? (env['CALLBUS_URL'] || profile.url || defaultUrl)),
    account: visible('the account', account),
    key: key === undefined ? undefined : visible('the key', key),
    warning: isExposed ? `other users can read the keys in ${profilesFile(env)}: chmod 600 it` : undefined,
  };
}

/** The address of a bus, as clients take it. @throws Failure */
export function busUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new Failure(`${text} is no http or https URL: set --url or CALLBUS_URL`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new Failure('the URL of the bus has only host and path: give the key by CALLBUS_KEY or a profile');
  return text.trim().replace(/[/?#]+$/, '');
}

/** A header can hold nothing else. @throws Failure that does not show the text, which may be a key */
export function visible(what: string, text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text.trim())) throw new Failure(`${what} is not made of visible ASCII characters`);
  return text.trim();
}
