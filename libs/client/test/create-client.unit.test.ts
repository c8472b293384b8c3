import { expect, test } from '@jest/globals';
import { createClient } from '../src/create-client.js';

const url = 'https://bus.example.com';

test.each([
  { url: 'nope' },
  { url: '' },
  { url: 'ftp://bus' },
  { url: '//bus' },
  { url: 'http://' },
  { url: 'http://name:word@bus' },
  { url: 'http://bus?a=1' },
  { url: 'http://bus/#a' },
  { url, key: 'two\nlines' },
  { url, headers: { 'no name': 'a' } },
])('a client whose requests could never be sent is refused when it is made: %j', (options) => {
  expect(() => createClient(options)).toThrow();
});

test('a key may be undefined, as one that the environment does not have', () => {
  expect(createClient({ url, key: undefined })).toHaveProperty('publish');
});
