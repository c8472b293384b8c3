import { expect, test } from '@jest/globals';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { sealedHeader } from '@callbus/contracts/subscriptions/sealed-headers';
import { readSubscription } from '@callbus/contracts/subscriptions/subscription';
import { createLogger } from '@callbus/runtime/observability/logger';
import { createOpenSecrets } from '../src/open-secrets.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';

const secretBox = createSecretBox('a key that seals the secrets of the tests');
const logger = createLogger({ service: 'test', level: 'silent' });
const open = createOpenSecrets({ secretBox, logger, now: () => 1_000 });
const withoutKey = createOpenSecrets({ secretBox: undefined, logger, now: () => 1_000 });

const mask = '********';
const seal = (text: string) => secretBox.seal(Buffer.from(text));
const sealed = (name: string, value: string) => sealedHeader(name, seal(value));

test('a subscription without sealed values needs no key and stays unchanged', () => {
  const subscription = subscriptionOf({ headers: { 'x-a': mask } });
  for (const each of [open, withoutKey]) {
    expect(each(subscription)).toEqual({ subscription, secrets: [], secretValues: [] });
    expect(each(subscription)?.subscription).toBe(subscription);
  }
});

test('headers and secrets are opened, and expired secrets are left out', () => {
  const subscription = subscriptionOf({
    headers: { 'x-a': 'b', cookie: mask, 'x-key': mask },
    secrets: [
      { sealed: seal('new'), expiresAt: null },
      { sealed: seal('old'), expiresAt: 1_001 },
      { sealed: seal('over'), expiresAt: 1_000 },
      sealed('x-key', 'k'),
      sealed('cookie', 'ü=1'),
    ],
  });
  const opened = open(subscription);
  expect(opened).toEqual({
    subscription: { ...subscription, headers: { 'x-a': 'b', cookie: 'ü=1', 'x-key': 'k' } },
    secrets: [Buffer.from('new'), Buffer.from('old')],
    secretValues: ['ü=1', 'k'],
  });
  expect(open(subscription)?.subscription).toBe(opened?.subscription);
});

test('secret headers in clear, from a service of an older version, are accepted', () => {
  const subscription = subscriptionOf({ headers: { cookie: 'c' }, secrets: [] });
  for (const each of [open, withoutKey])
    expect(each(subscription)).toEqual({ subscription, secrets: [], secretValues: ['c'] });
});

test.each([
  ['a value that was sealed with another key', [sealedHeader('cookie', createSecretBox('another').seal(Buffer.of(1)))]],
  ['a missing value', [sealed('x-key', 'k')]],
])('no callback is made with %s', (_what, secrets) => {
  expect(open(subscriptionOf({ headers: { cookie: mask }, secrets }))).toBeUndefined();
});

test('no callback is made without the key', () => {
  expect(withoutKey(subscriptionOf({ headers: { cookie: mask }, secrets: [sealed('cookie', 'c')] }))).toBeUndefined();
});

test('an older worker reads sealed headers as secrets that it cannot open, and so makes no callback', () => {
  const secrets = Array.from({ length: 8 }, (_, length) => sealed('x-api-key-'.padEnd(10 + length, 'y'), 'value'));
  expect(readSubscription({ ...subscriptionOf({}), secrets })).toMatchObject({ secrets });
  for (const each of secrets) expect(() => secretBox.open(each.sealed)).toThrow();
});
