import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isUri, isUriReference, toUri, toUriReference } from '../src/formats/uri.js';

const uris = [
  'https://user:x@example.com:8080/a/b;c=1/?q=a/b?c#d/e?f',
  'http://[2001:db8::1]:80/a',
  'http://[v1.a:b]/',
  'https://example.com',
  'http://',
  'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
  'mailto:a@b.c',
  'file:///a/b',
  'a:',
  'a:b%2Fc',
];
const relative = ['/a/b', 'a', 'a/b:c', './a:b', '//example.com/a', '?q', '#f', '', '1-555-123-4567', '/a//b', 'a%20b'];
const neither = [
  'a b',
  '源',
  '/%',
  '/%4',
  '/%zz',
  'a[1]',
  'http://[::1',
  'http://[x]/',
  'http://[fe80::1%25a]/',
  '1:2',
  'a#b#c',
];
const alsoNeither = ['http://a:b/', '"', '<a>', 'a\\b', 'a^b', '`', '{a}', '|', 'a\nb', 'http://a@b@c/'];

test.each(uris)('%j is a URI', (text) => expect([isUri(text), isUriReference(text)]).toEqual([true, true]));
test.each(relative)('%j is a reference', (text) => expect([isUri(text), isUriReference(text)]).toEqual([false, true]));
test.each([...neither, ...alsoNeither])('%j is neither', (text) =>
  expect([isUri(text), isUriReference(text)]).toEqual([false, false]),
);

describe('toUriReference', () => {
  test('keeps a URI reference, and encodes any other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.webUrl(), fc.constantFrom(...uris)), (text) => {
        const reference = toUriReference(text);
        expect(isUriReference(reference)).toBe(true);
        if (isUriReference(text)) expect(reference).toBe(text);
        expect(isUri(toUri(text)) || toUri(text) === text).toBe(true);
      }),
    );
  });

  test.each([
    ['证书 系统', '%E8%AF%81%E4%B9%A6%20%E7%B3%BB%E7%BB%9F'],
    ['https://a/100%?x={y}', 'https://a/100%25?x=%7By%7D'],
    ['https://[::1]/ä', 'https://[::1]/%C3%A4'],
    ['//[x', '//%5Bx'],
    [':', '%3A'],
  ])('of %j is %j', (text, expected) => expect(toUriReference(text)).toBe(expected));

  test('toUri keeps a path, which cannot become a URI', () => expect(toUri('/a b')).toBe('/a b'));
});

test('long texts that are almost URIs take little time', () => {
  for (const part of ['a', 'a:', '%41', '/', '@', 'a@', '[', '?', '#'])
    expect(isUriReference(`http://${part.repeat(50_000)} `)).toBe(false);
});
