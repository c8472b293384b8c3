import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { allRoles, everyAccount, type KeyHolder, type Role } from '@callbus/contracts/keys/holder';
import { createTokenCheck, validTokens } from './check-token.js';
import { digestOf } from './key-file.js';
import type { StoredKeys } from './stored-keys.js';
import { watchKeys, type Watching } from './watch-keys.js';

export interface Caller extends KeyHolder {
  /** The account of a request that names none. */
  readonly account: string;
  mayUse(account: string): boolean;
}

/**
 * @returns undefined for an unknown caller
 * @throws KeysNotLoaded when that is not known yet
 */
export type Authenticate = (request: Pick<IncomingMessage, 'headers'>) => Caller | undefined;

export type AuthSettings =
  | { readonly AUTH: 'none' }
  | {
      readonly AUTH: 'gateway';
      readonly GATEWAY_TOKEN: string;
      readonly GATEWAY_TOKEN_PREVIOUS?: string | undefined;
    }
  | { readonly AUTH: 'keys'; readonly KEYS_FILE: string };

/** The account of a request that names none, with AUTH=none: the default supplier account of bk-cmdb. */
const defaultAccount = '0';

/** The roles of a caller whom a gateway has authenticated. Such a caller cannot make keys: that takes a key with the role `admin`. */
export const gatewayRoles: readonly Role[] = ['publish', 'manage', 'operate'];

/**
 * Authenticates callers. `none` trusts every caller. `gateway` trusts the headers of a gateway that sends the token.
 * `keys` looks up the SHA-256 of the caller's bearer key, in the key file and then among the stored keys.
 *
 * @param options.watching makes changes of the key file take effect; without it, the file is read once
 * @param options.stored the keys beside those of the file
 * @throws when the key file cannot be read or is invalid
 */
export async function createAuthenticate(
  settings: AuthSettings,
  { watching, stored }: { watching?: Watching; stored?: Pick<StoredKeys, 'holderOf'> | undefined } = {},
): Promise<Authenticate> {
  switch (settings.AUTH) {
    case 'none':
      return ({ headers }) => ({
        account: accountNamedBy(headers) ?? defaultAccount,
        user: userOf(headers),
        roles: allRoles,
        mayUse: () => true,
      });
    case 'gateway':
      return authenticateGateway(validTokens(settings.GATEWAY_TOKEN, settings.GATEWAY_TOKEN_PREVIOUS));
    case 'keys': {
      const holderInFile = await watchKeys(settings.KEYS_FILE, watching);
      return authenticateByKey((digest) => holderInFile(digest) ?? stored?.holderOf(digest));
    }
  }
}

function authenticateGateway(expectedTokens: readonly string[]): Authenticate {
  const isRight = createTokenCheck(expectedTokens);
  return ({ headers }) => {
    const token = headers['x-gateway-token'];
    const account = accountNamedBy(headers);
    if (typeof token !== 'string' || account === undefined || !isRight(token)) return undefined;
    return boundTo({ account, user: userOf(headers), roles: gatewayRoles });
  };
}

/**
 * The look-up in a map is not constant-time. Its timing may reveal digests, but no keys: a caller cannot choose a key by
 * its digest.
 */
function authenticateByKey(holderOf: (digest: string) => KeyHolder | undefined): Authenticate {
  return ({ headers }) => {
    const key = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    const holder = key === undefined ? undefined : holderOf(digestOf(key));
    if (holder === undefined) return undefined;
    const { account, roles } = holder;
    const user = userOf(headers) || holder.user;
    if (account !== everyAccount) return boundTo({ account, user, roles });
    return { account: accountNamedBy(headers) ?? everyAccount, user, roles, mayUse: () => true };
  };
}

function boundTo({ account, user, roles }: KeyHolder): Caller {
  return { account, user, roles, mayUse: (other) => other === account };
}

/**
 * The account in the headers of the bk platform. Its gateway sends a constant `HTTP_BLUEKING_SUPPLIER_ID: 0` with every
 * request. As in bk-cmdb, that header counts only when the other one is missing.
 */
export function accountNamedBy(headers: IncomingHttpHeaders): string | undefined {
  return textOf(headers['http_bk_supplier_account']) || textOf(headers['http_blueking_supplier_id']) || undefined;
}

function userOf(headers: IncomingHttpHeaders): string {
  return textOf(headers['bk_user']);
}

/** The bytes of a header are UTF-8, but node decodes each byte to one character. */
function textOf(header: string | string[] | undefined): string {
  if (typeof header !== 'string') return '';
  return /[\x80-\xff]/.test(header) ? Buffer.from(header, 'latin1').toString() : header;
}
