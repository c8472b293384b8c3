import { describe, expect, test } from '@jest/globals';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { sealedHeadersIn } from '@callbus/contracts/subscriptions/sealed-headers';
import { Fault } from '../../src/http/errors.js';
import { createSealHeaders, type StoredHeaders } from '../../src/secrets/seal-headers.js';

const mask = '********';
const secretBox = createSecretBox('a key that seals the secrets of the tests');
const sealing = createSealHeaders({ secretBox, isDeferred: false });
const deferring = createSealHeaders({ secretBox, isDeferred: true });
const keyless = createSealHeaders({ secretBox: undefined, isDeferred: false });
const signing = { sealed: 'c2lnbmluZw==', expiresAt: null };

function stored(outcome: StoredHeaders | Fault): StoredHeaders {
  if (outcome instanceof Fault) throw new Error(outcome.message.en);
  return outcome;
}

const opened = ({ secrets }: StoredHeaders) =>
  Object.fromEntries([...sealedHeadersIn(secrets)].map(([name, sealed]) => [name, secretBox.open(sealed).toString()]));

const before = stored(sealing.seal({ 'X-Token': 'one', 'x-a': 'b' }));

describe('sealing', () => {
  test('replaces a secret value by the mask, and leaves any other value unchanged', () => {
    expect(before.headers).toEqual({ 'X-Token': mask, 'x-a': 'b' });
    expect(opened(before)).toEqual({ 'x-token': 'one' });
    expect(JSON.stringify(before)).not.toContain('one');
  });

  test('keeps the stored value when the mask is given, with any spelling of the name', () => {
    const kept = stored(sealing.seal({ 'x-TOKEN': mask, cookie: 'c' }, before));
    expect(kept.headers).toEqual({ 'x-TOKEN': mask, cookie: mask });
    expect(opened(kept)).toEqual({ 'x-token': 'one', cookie: 'c' });
  });

  test('drops a header that is not named any more', () => {
    expect(stored(sealing.seal({ 'x-a': mask }, before))).toEqual({ headers: { 'x-a': mask }, secrets: [] });
  });

  test('refuses a mask without a stored value', () => {
    for (const seal of [sealing, keyless])
      expect(seal.seal({ 'x-key': mask }, before)).toMatchObject({
        code: 1199006,
        status: 400,
        message: {
          en: "'headers' is not valid: no value of x-key is stored that ******** could stand for",
          'zh-cn': "'headers' 无效：x-key 没有可由 ******** 代表的已存值",
        },
      });
  });
});

describe('without a key', () => {
  test('a secret value is refused', () => {
    expect(keyless.seal({ 'x-a': 'b', cookie: 'c' })).toMatchObject({
      code: 1199006,
      status: 400,
      message: {
        en: "'headers' is not valid: cookie looks like a secret, and SECRETS_KEY is not set",
        'zh-cn': "'headers' 无效：cookie 疑为敏感信息，而未设置 SECRETS_KEY",
      },
    });
  });

  test('a stored value can be kept, sealed or in clear text', () => {
    expect(stored(keyless.seal({ 'x-token': mask }, before))).toEqual({
      headers: { 'x-token': mask },
      secrets: before.secrets,
    });
    const clear = { headers: { 'X-Token': 'old' }, secrets: [] };
    expect(stored(keyless.seal({ 'x-token': mask }, clear))).toEqual({ headers: { 'x-token': 'old' }, secrets: [] });
    expect(keyless.sealStored(clear)).toEqual(clear);
  });
});

describe('a stored value', () => {
  const clear = { headers: { 'X-Token': 'one', 'x-a': 'b', Cookie: 'c' }, secrets: [signing] };

  test('in clear text is sealed, and a sealed value stays the same', () => {
    const sealed = sealing.sealStored(clear);
    expect(sealed.headers).toEqual({ 'X-Token': mask, 'x-a': 'b', Cookie: mask });
    expect(sealed.secrets[0]).toEqual(signing);
    expect(opened(sealed)).toEqual({ 'x-token': 'one', cookie: 'c' });
    expect(sealing.sealStored(sealed)).toEqual(sealed);
  });

  test('in clear text replaces an older sealed value', () => {
    const changed = { headers: { 'x-token': 'two' }, secrets: before.secrets };
    expect(opened(sealing.sealStored(changed))).toEqual({ 'x-token': 'two' });
  });

  test('is opened while a version may run that cannot read sealed headers', () => {
    expect(deferring.sealStored(sealing.sealStored(clear))).toEqual(clear);
    expect(stored(deferring.seal({ cookie: 'd', 'x-token': mask }, before))).toEqual({
      headers: { cookie: 'd', 'x-token': 'one' },
      secrets: [],
    });
  });

  test('that is a mask without a sealed value stays the same', () => {
    const lost = { headers: { cookie: mask }, secrets: [signing] };
    for (const each of [sealing, deferring, keyless]) expect(each.sealStored(lost)).toEqual(lost);
  });
});
