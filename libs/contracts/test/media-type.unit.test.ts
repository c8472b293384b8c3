import { expect, test } from '@jest/globals';
import { isMediaType } from '../src/events/media-type.js';

test.each([
  'text/plain',
  'application/json; charset=utf-8',
  'application/json;charset="utf-8"',
  'application/vnd.a.b+json ; v=1 ;; profile="https://example.com/a;b \\"c\\""',
  'multipart/form-data; boundary=----x',
  'TEXT/Plain',
  'text/plain; ',
  'x/*',
])('%j is a media type', (text) => expect(isMediaType(text)).toBe(true));

test.each([
  '',
  ' ',
  'text',
  'text/',
  '/plain',
  'text/plain/more',
  'not a media type at all',
  ' text/plain',
  'text/plain x',
  'text/plain; x',
  'text/plain; x=',
  'text/plain; x = 1',
  'text/plain; x="open',
  'text/plain; x=日本',
  'text/plain; x="日本"',
  'text/plain; x=é',
  'text/plain\u007f',
  'text/plain;\tx=1',
  'text/plain\r\nx: 1',
  'text/plain, text/html',
])('%j is not a media type', (text) => expect(isMediaType(text)).toBe(false));

test('a long text that is not a media type is refused at little cost', () => {
  const before = process.cpuUsage();
  for (const part of [' ;', '; ', ' ; a=b', ' ; a="\\"', ' ']) isMediaType(`a/b${part.repeat(2_000)}ü`);
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
});
