import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { createTokenCheck } from './check-token.js';
import { allRoles, digestOf, type KeyHolder } from './key-file.js';
import { watchKeys, type Watching } from './watch-keys.js';

export interface Caller extends KeyHolder {
  /** The account that the caller acts for unless the request names another. */
  readonly account: string;
  mayUse(account: string): boolean;
}

/** @returns undefined for a caller that cannot be known */
export type Authenticate = (request: Pick<IncomingMessage, 'headers'>) => Caller | undefined;

export type AuthSettings =
  | { readonly AUTH: 'none' }
  | { readonly AUTH: 'gateway'; readonly GATEWAY_TOKEN: string }
  | { readonly AUTH: 'keys'; readonly KEYS_FILE: string };

/** The account of a caller who names none, where nobody checks: bk-cmdb's default supplier account. */
const defaultAccount = '0';

/**
 * Who may call. `none` believes everyone, `gateway` believes the gateway's headers when its token is right, `keys`
 * knows the callers by the SHA-256 of their bearer key.
 *
 * @param watching reads the key file again when it has changed; without, it is read once
 * @throws when the key file cannot be read or is not valid
 */
export async function createAuthenticate(settings: AuthSettings, watching?: Watching): Promise<Authenticate> {
  switch (settings.AUTH) {
    case 'none':
      return ({ headers }) => ({
        account: accountNamedBy(headers) ?? defaultAccount,
        user: userOf(headers),
        roles: allRoles,
        mayUse: () => true,
      });
    case 'gateway':
      return believeGateway(settings.GATEWAY_TOKEN);
    case 'keys':
      return knowByKey(await watchKeys(settings.KEYS_FILE, watching));
  }
}

function believeGateway(expectedToken: string): Authenticate {
  const isRight = createTokenCheck(expectedToken);
  return ({ headers }) => {
    const token = headers['x-gateway-token'];
    const account = accountNamedBy(headers);
    if (typeof token !== 'string' || account === undefined || !isRight(token)) return undefined;
    return boundTo({ account, user: userOf(headers), roles: allRoles });
  };
}

/**
 * The digest is looked up in an ordinary map: how long that takes may tell something about digests, but nobody can
 * choose a key by its digest, so that it tells nothing about keys.
 */
function knowByKey(holderOf: (digest: string) => KeyHolder | undefined): Authenticate {
  return ({ headers }) => {
    const key = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    const holder = key === undefined ? undefined : holderOf(digestOf(key));
    return holder && boundTo({ ...holder, user: userOf(headers) || holder.user });
  };
}

function boundTo({ account, user, roles }: KeyHolder): Caller {
  return { account, user, roles, mayUse: (other) => other === account };
}

/**
 * The account that the bk platform's headers name. Its gateway sends a constant `HTTP_BLUEKING_SUPPLIER_ID: 0` with every
 * request, and bk-cmdb looks at it only where the other header is missing.
 */
export function accountNamedBy(headers: IncomingHttpHeaders): string | undefined {
  return textOf(headers['http_bk_supplier_account']) || textOf(headers['http_blueking_supplier_id']) || undefined;
}

function userOf(headers: IncomingHttpHeaders): string {
  return textOf(headers['bk_user']);
}

/** Its bytes are UTF-8, and node gives each as one character. */
function textOf(header: string | string[] | undefined): string {
  if (typeof header !== 'string') return '';
  return /[\x80-\xff]/.test(header) ? Buffer.from(header, 'latin1').toString() : header;
}
