import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { createTokenCheck } from './check-token.js';
import { allRoles, digestOf, type KeyHolder } from './key-file.js';
import { watchKeys, type Watching } from './watch-keys.js';

export interface Caller extends KeyHolder {
  /** The account that the caller acts for unless the request names another. */
  readonly account: string;
  mayUse(account: string): boolean;
}

/** @returns undefined for a caller that cannot be authenticated */
export type Authenticate = (request: Pick<IncomingMessage, 'headers'>) => Caller | undefined;

export type AuthSettings =
  | { readonly AUTH: 'none' }
  | { readonly AUTH: 'gateway'; readonly GATEWAY_TOKEN: string }
  | { readonly AUTH: 'keys'; readonly KEYS_FILE: string };

/** The account of a caller that names none, under AUTH=none: bk-cmdb's default supplier account. */
const defaultAccount = '0';

/**
 * Authenticates callers. `none` trusts every caller, `gateway` trusts the gateway's headers when its token is right,
 * `keys` looks up the SHA-256 of the caller's bearer key.
 *
 * @param watching reads the key file again after a change; without it, the file is read once
 * @throws when the key file cannot be read or is invalid
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
 * Looks the digest up in an ordinary map. The timing may reveal something about digests but nothing about keys, because
 * nobody can choose a key by its digest.
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
 * The account in the headers of the bk platform. The platform's gateway sends a constant `HTTP_BLUEKING_SUPPLIER_ID: 0`
 * with every request, and bk-cmdb reads that header only where the other one is missing.
 */
export function accountNamedBy(headers: IncomingHttpHeaders): string | undefined {
  return textOf(headers['http_bk_supplier_account']) || textOf(headers['http_blueking_supplier_id']) || undefined;
}

function userOf(headers: IncomingHttpHeaders): string {
  return textOf(headers['bk_user']);
}

/** A header's bytes are UTF-8, but node returns each byte as one character. */
function textOf(header: string | string[] | undefined): string {
  if (typeof header !== 'string') return '';
  return /[\x80-\xff]/.test(header) ? Buffer.from(header, 'latin1').toString() : header;
}
