import { describe, expect, test } from '@jest/globals';
import {
  isSecretHeader,
  isSigningSecret,
  maskHeaders,
  sealedHeader,
  sealedHeadersIn,
} from '../src/subscriptions/sealed-headers.js';

describe('a header is secret', () => {
  test.each([
    ...['Authorization', 'x-authorization-2', 'Cookie', 'X-Auth-Token', 'client-secret', 'X-API-Key', 'apikey'],
    ...['X-Password', 'x_signature', 'TOKEN'],
  ])('by the name %s', (name) => expect(isSecretHeader(name)).toBe(true));

  test.each(['x-a', 'Accept', 'x-tok-en', 'X-Tenant', 'user', ''])('but not by the name %s', (name) =>
    expect(isSecretHeader(name)).toBe(false),
  );
});

test('callers get all names, and the values of headers that are not secret', () => {
  const headers = JSON.parse('{"z":"1","Cookie":"a=b","a":"2","__proto__":"x","empty-key":""}') as Record<
    string,
    string
  >;
  expect(Object.entries(maskHeaders(headers))).toEqual([
    ['z', '1'],
    ['Cookie', '********'],
    ['a', '2'],
    ['__proto__', 'x'],
    ['empty-key', '********'],
  ]);
});

test('sealed header values are distinguished from the signing secrets', () => {
  const signing = { sealed: 'AAAA+/==', expiresAt: 7 };
  const secrets = [signing, sealedHeader('X-Api-Key', 'c2VhbGVk'), sealedHeader("!#$%&'*+.^_`|~-", 'eA==')];
  expect(secrets.map(isSigningSecret)).toEqual([true, false, false]);
  expect([...sealedHeadersIn(secrets)]).toEqual([
    ['x-api-key', 'c2VhbGVk'],
    ["!#$%&'*+.^_`|~-", 'eA=='],
  ]);
});
