import { describe, expect, test } from '@jest/globals';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { parseSecret } from '@callbus/callback/signing/sign';
import { Fault } from '../../src/http/errors.js';
import { createSecrets, rotated } from '../../src/secrets/secrets.js';

const hourMs = 3_600_000;
const sealed = (name: string, expiresAt: number | null = null) => ({ sealed: name, expiresAt });

describe('a new secret', () => {
  const secretBox = createSecretBox('a key that seals the secrets of the tests');
  const secrets = createSecrets(secretBox);

  test('is the given secret, sealed', () => {
    const bytes = Buffer.alloc(24, 7);
    const made = secrets.make(bytes);
    if (made instanceof Fault) throw new Error('refused');
    expect(secrets.open(made.sealed)).toBe(`whsec_${bytes.toString('base64')}`);
    expect(made).toEqual({ sealed: expect.any(String), expiresAt: null });
    expect(secretBox.open(made.sealed)).toEqual(bytes);
  });

  test('can be opened when an earlier version sealed it with a key that ends with a line break', () => {
    const [key, bytes] = ['a key that came from a file', Buffer.alloc(24, 7)];
    expect(createSecretBox(key).open(createSecretBox(`${key}\n`).seal(bytes))).toEqual(bytes);
    expect(() => createSecretBox('another').open(createSecretBox(key).seal(bytes))).toThrow();
  });

  test('can be opened when it was sealed with the previous key, and is sealed with the new one', () => {
    const bytes = Buffer.alloc(24, 7);
    const [old, both, current] = [createSecretBox('old'), createSecretBox('new', 'old'), createSecretBox('new')];
    expect(both.open(old.seal(bytes))).toEqual(bytes);
    expect(current.open(both.seal(bytes))).toEqual(bytes);
    expect(() => both.open(createSecretBox('another').seal(bytes))).toThrow('sealed with another key');
    expect(() => both.open('too short')).toThrow('sealed with another key');
  });

  test('has 32 random bytes when it is generated', () => {
    const texts = [secrets.make('generate'), secrets.make('generate')].map((made) =>
      made instanceof Fault ? '' : secrets.open(made.sealed),
    );
    expect(new Set(texts).size).toBe(2);
    for (const text of texts) expect(parseSecret(text)).toHaveLength(32);
  });

  test('is read quickly from any text, however long', () => {
    for (const text of [`whsec_${'='.repeat(5_000_000)}x`, `whsec_${'A'.repeat(5_000_000)}`])
      expect(parseSecret(text)).toBeUndefined();
    for (const length of [24, 64]) {
      const bytes = Buffer.alloc(length, 7);
      expect(parseSecret(`whsec_${bytes.toString('base64')}`)).toEqual(bytes);
    }
  });

  test('is refused without a key to seal it', () => {
    const refused = createSecrets(undefined).make('generate');
    expect(refused).toMatchObject({
      code: 1199006,
      status: 400,
      message: { en: `'secret' is not valid: SECRETS_KEY is not set`, 'zh-cn': `'secret' 无效：未设置 SECRETS_KEY` },
    });
  });
});

describe('rotating', () => {
  test('lets the old secret expire after a day', () => {
    expect(rotated([sealed('old')], sealed('new'), 1_000)).toEqual([sealed('new'), sealed('old', 1_000 + 24 * hourMs)]);
    expect(rotated([], sealed('new'), 1_000)).toEqual([sealed('new')]);
  });

  test('again keeps the expiry of each secret, and drops expired ones', () => {
    const secrets = [sealed('second'), sealed('first', 5 * hourMs), sealed('over', 4 * hourMs)];
    const added = sealed('third');
    expect(rotated(secrets, added, 4 * hourMs)).toEqual([
      added,
      sealed('second', 28 * hourMs),
      sealed('first', 5 * hourMs),
    ]);
  });

  test('keeps at most five secrets', () => {
    const names = ['6', '5', '4', '3', '2', '1'];
    const secrets = names.reduceRight<ReturnType<typeof sealed>[]>((all, name) => rotated(all, sealed(name), 0), []);
    expect(secrets.map((secret) => secret.sealed)).toEqual(['6', '5', '4', '3', '2']);
  });
});
