import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthenticate, type Authenticate } from '@callbus/runtime/auth/auth';

const callerOf = (authenticate: Authenticate, headers: Record<string, string>) => {
  const caller = authenticate({ headers });
  return caller && { ...caller, mayUse: ['a', 'b'].filter((account) => caller.mayUse(account)) };
};
const ofGateway = ['publish', 'manage', 'operate'];
const everything = [...ofGateway, 'look', 'admin'];

describe('none', () => {
  test('trusts every caller, and uses account 0 by default', async () => {
    const authenticate = await createAuthenticate({ AUTH: 'none' });
    expect(callerOf(authenticate, {})).toEqual({ account: '0', user: '', roles: everything, mayUse: ['a', 'b'] });
    expect(callerOf(authenticate, { http_bk_supplier_account: 'a', bk_user: 'eve' })).toMatchObject({
      account: 'a',
      user: 'eve',
    });
    expect(callerOf(authenticate, { http_blueking_supplier_id: 'b' })).toMatchObject({ account: 'b' });
  });

  test('reads the header that the gateway of the platform always sends only when the other header is missing', async () => {
    const authenticate = await createAuthenticate({ AUTH: 'none' });
    const both = { http_bk_supplier_account: 'a', http_blueking_supplier_id: '0' };
    expect(callerOf(authenticate, both)).toMatchObject({ account: 'a' });
    expect(callerOf(authenticate, { ...both, http_bk_supplier_account: '' })).toMatchObject({ account: '0' });
  });

  test('reads headers as UTF-8', async () => {
    const authenticate = await createAuthenticate({ AUTH: 'none' });
    const header = (text: string) => Buffer.from(text).toString('latin1');
    const headers = { http_bk_supplier_account: header('租户'), bk_user: header('José') };
    expect(callerOf(authenticate, headers)).toMatchObject({ account: '租户', user: 'José' });
  });
});

describe('gateway', () => {
  const token = 'the token of the gateway';
  const account = { http_bk_supplier_account: 'a' };

  test('trusts the headers of a gateway with the token, for one account', async () => {
    const authenticate = await createAuthenticate({ AUTH: 'gateway', GATEWAY_TOKEN: token });
    const caller = callerOf(authenticate, { ...account, bk_user: 'eve', 'x-gateway-token': token });
    expect(caller).toEqual({ account: 'a', user: 'eve', roles: ofGateway, mayUse: ['a'] });
  });

  test('trusts the previous token too, while there is one', async () => {
    const both = { GATEWAY_TOKEN: token, GATEWAY_TOKEN_PREVIOUS: 'the old token of the gateway' };
    const authenticate = await createAuthenticate({ AUTH: 'gateway', ...both });
    const isTrusted = (given: string) =>
      authenticate({ headers: { ...account, 'x-gateway-token': given } }) !== undefined;
    expect([token, both.GATEWAY_TOKEN_PREVIOUS, 'guessed'].map(isTrusted)).toEqual([true, true, false]);
  });

  test.each<[string, Record<string, string>]>([
    ['no token', account],
    ['another token', { ...account, 'x-gateway-token': 'guessed' }],
    ['no account', { 'x-gateway-token': token }],
  ])('rejects a request with %s', async (_case, headers) => {
    const authenticate = await createAuthenticate({ AUTH: 'gateway', GATEWAY_TOKEN: token });
    expect(authenticate({ headers })).toBeUndefined();
  });
});

describe('keys', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function withKeys(content: unknown) {
    const file = join(folder, 'keys.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return createAuthenticate({ AUTH: 'keys', KEYS_FILE: file });
  }
  const sha256 = createHash('sha256').update('the-key').digest('hex');

  test('finds a caller by the digest of the key, with the account and roles of the key', async () => {
    const authenticate = await withKeys([{ sha256, account: 'a', user: 'robot', roles: ['publish'] }]);
    expect(callerOf(authenticate, { authorization: 'Bearer the-key', http_bk_supplier_account: 'b' })).toEqual({
      account: 'a',
      user: 'robot',
      roles: ['publish'],
      mayUse: ['a'],
    });
  });

  test.each([
    {},
    { authorization: 'Bearer other' },
    { authorization: 'the-key' },
    { authorization: `Bearer ${sha256}` },
  ])('rejects %j', async (headers) => {
    const authenticate = await withKeys([{ sha256, account: 'a', roles: ['publish'] }]);
    expect(authenticate({ headers })).toBeUndefined();
  });

  test.each([
    [
      'a duplicate key',
      [
        { sha256, account: 'a', roles: ['publish'] },
        { sha256: sha256.toUpperCase(), account: 'b', roles: ['publish'] },
      ],
    ],
    ['other text than JSON', 'sha256: x'],
    ['an account that is too long', [{ sha256, account: '字'.repeat(86), roles: ['publish'] }]],
    ['an unknown role', [{ sha256, account: 'a', roles: ['root'] }]],
    ['a key in clear text', [{ sha256: 'the-key', account: 'a', roles: ['publish'] }]],
  ])('a key file with %s stops the start', async (_case, content) => {
    await expect(withKeys(content)).rejects.toThrow(
      /^KEYS_FILE \S+: the key file is not .*: correct it, or make a key by npm run key$/,
    );
    await expect(withKeys(content)).rejects.not.toThrow(/the-key/);
  });
});
