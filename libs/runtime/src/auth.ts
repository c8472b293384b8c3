import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import Joi from 'joi';

type Role = 'publish' | 'manage' | 'operate';

export interface Caller {
  /** The account that the caller acts for unless the request names another. */
  readonly account: string;
  readonly user: string;
  readonly roles: readonly Role[];
  mayUse(account: string): boolean;
}

/** @returns undefined for a caller that cannot be known */
export type Authenticate = (request: Pick<IncomingMessage, 'headers'>) => Caller | undefined;

export type AuthSettings =
  | { readonly AUTH: 'none' }
  | { readonly AUTH: 'gateway'; readonly GATEWAY_TOKEN: string }
  | { readonly AUTH: 'keys'; readonly KEYS_FILE: string };

const allRoles: readonly Role[] = ['publish', 'manage', 'operate'];

/** The account of a caller who names none, where nobody checks: bk-cmdb's default supplier account. */
const defaultAccount = '0';

/**
 * Who may call. `none` believes everyone, `gateway` believes the gateway's headers when its token is right, `keys`
 * knows the callers by the SHA-256 of their bearer key.
 *
 * @throws when the key file cannot be read or is not valid
 */
export async function createAuthenticate(settings: AuthSettings): Promise<Authenticate> {
  if (settings.AUTH === 'none') {
    return ({ headers }) => ({
      account: accountOf(headers) ?? defaultAccount,
      user: userOf(headers),
      roles: allRoles,
      mayUse: () => true,
    });
  }
  if (settings.AUTH === 'gateway') {
    const expected = sha256(settings.GATEWAY_TOKEN);
    return ({ headers }) => {
      const token = headers['x-gateway-token'];
      const account = accountOf(headers);
      if (typeof token !== 'string' || account === undefined || !timingSafeEqual(sha256(token), expected))
        return undefined;
      return boundTo(account, userOf(headers), allRoles);
    };
  }
  const callers = await readKeys(settings.KEYS_FILE);
  return ({ headers }) => {
    const key = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (key === undefined) return undefined;
    const digest = sha256(key);
    const known = callers.find((caller) => timingSafeEqual(caller.digest, digest));
    return known && boundTo(known.account, userOf(headers) || known.user, known.roles);
  };
}

function boundTo(account: string, user: string, roles: readonly Role[]): Caller {
  return { account, user, roles, mayUse: (other) => other === account };
}

interface KeyEntry {
  readonly sha256: string;
  readonly account: string;
  readonly user: string;
  readonly roles: Role[];
}

const keyFileSchema = Joi.array<KeyEntry[]>()
  .items(
    Joi.object<KeyEntry>({
      sha256: Joi.string().hex().length(64).required(),
      account: Joi.string().required(),
      user: Joi.string().default(''),
      roles: Joi.array()
        .items(Joi.valid(...allRoles))
        .min(1)
        .required(),
    }),
  )
  .min(1)
  .required();

async function readKeys(file: string) {
  const entries: KeyEntry[] = Joi.attempt(JSON.parse(await readFile(file, 'utf8')), keyFileSchema, `key file ${file}:`);
  return entries.map((entry) => ({ ...entry, digest: Buffer.from(entry.sha256, 'hex') }));
}

function sha256(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** The headers of the bk platform; node gives their names in lower case. */
function accountOf(headers: IncomingHttpHeaders): string | undefined {
  return text(headers['http_bk_supplier_account']) ?? text(headers['http_blueking_supplier_id']);
}

function userOf(headers: IncomingHttpHeaders): string {
  return text(headers['bk_user']) ?? '';
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}
