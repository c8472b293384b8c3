import { describe, expect, test } from '@jest/globals';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { sealedHeadersIn } from '@callbus/contracts/sealed-headers';
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
  test('leaves the mask in place of a secret value, and any other value as it is', () => {
    expect(before.headers).toEqual({ 'X-Token': mask, 'x-a': 'b' });
    expect(opened(before)).toEqual({ 'x-token': 'one' });
    expect(JSON.stringify(before)).not.toContain('one');
  });

  test('keeps what is stored where the mask is given, however the name is spelled', () => {
    const kept = stored(sealing.seal({ 'x-TOKEN': mask, cookie: 'c' }, before));
    expect(kept.headers).toEqual({ 'x-TOKEN': mask, cookie: mask });
    expect(opened(kept)).toEqual({ 'x-token': 'one', cookie: 'c' });
  });

  test('forgets what is not named any more', () => {
    expect(stored(sealing.seal({ 'x-a': mask }, before))).toEqual({ headers: { 'x-a': mask }, secrets: [] });
  });

  test('refuses a mask that stands for nothing', () => {
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

  test('what is stored can be kept, sealed or in clear', () => {
    expect(stored(keyless.seal({ 'x-token': mask }, before))).toEqual({
      headers: { 'x-token': mask },
      secrets: before.secrets,
    });
    const clear = { headers: { 'X-Token': 'old' }, secrets: [] };
    expect(stored(keyless.seal({ 'x-token': mask }, clear))).toEqual({ headers: { 'x-token': 'old' }, secrets: [] });
    expect(keyless.sealStored(clear)).toEqual(clear);
  });
});

describe('what is stored', () => {
  const clear = { headers: { 'X-Token': 'one', 'x-a': 'b', Cookie: 'c' }, secrets: [signing] };

  test('in clear is sealed, and what is sealed stays as it is', () => {
    const sealed = sealing.sealStored(clear);
    expect(sealed.headers).toEqual({ 'X-Token': mask, 'x-a': 'b', Cookie: mask });
    expect(sealed.secrets[0]).toEqual(signing);
    expect(opened(sealed)).toEqual({ 'x-token': 'one', cookie: 'c' });
    expect(sealing.sealStored(sealed)).toEqual(sealed);
  });

  test('in clear beside an older sealed value is the newer', () => {
    const changed = { headers: { 'x-token': 'two' }, secrets: before.secrets };
    expect(opened(sealing.sealStored(changed))).toEqual({ 'x-token': 'two' });
  });

  test('is opened while a version that knows no sealed headers may run', () => {
    expect(deferring.sealStored(sealing.sealStored(clear))).toEqual(clear);
    expect(stored(deferring.seal({ cookie: 'd', 'x-token': mask }, before))).toEqual({
      headers: { cookie: 'd', 'x-token': 'one' },
      secrets: [],
    });
  });

  test('as a mask without a value stays as it is', () => {
    const lost = { headers: { cookie: mask }, secrets: [signing] };
    for (const each of [sealing, deferring, keyless]) expect(each.sealStored(lost)).toEqual(lost);
  });
});
