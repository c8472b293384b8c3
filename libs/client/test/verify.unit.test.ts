import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { verify } from '../src/receiving/verify.js';

const secretOf = (letter: string) => `whsec_${Buffer.from(letter.repeat(24)).toString('base64')}`;
const secret = secretOf('a');
const body =
  '{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"name": "J\\u00fcrgen", "at": "M\\u00fcnchen"}}';

interface Signing {
  readonly secrets?: readonly string[];
  /** The seconds since the signature. */
  readonly ageS?: number;
}

/** The headers of a callback, as the bus makes them. */
function headersOf(signed: string | Uint8Array, { secrets = [secret], ageS = 0 }: Signing = {}) {
  const timestamp = String(Math.floor(Date.now() / 1_000) - ageS);
  const signatures = secrets.map((each) => {
    const key = Buffer.from(each.replace('whsec_', ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`evt_1.${timestamp}.`).update(signed).digest('base64')}`;
  });
  return {
    'webhook-id': 'evt_1',
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
    'content-length': String(Buffer.byteLength(signed)),
  };
}

describe('a callback is verified', () => {
  test.each([
    ['as text', body],
    ['as bytes', Buffer.from(body)],
    ['as an ArrayBuffer', new TextEncoder().encode(body).buffer],
  ])('%s', async (_, given) => {
    expect(await verify(headersOf(body), given, { secret })).toEqual({ ok: true, id: 'evt_1' });
  });

  test('with the headers of fetch, of Node and in any letter case', async () => {
    const headers = headersOf(body);
    const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
    for (const each of [new Headers(headers), { ...headers, cookie: ['a', 'b'], none: undefined }, upper])
      expect(await verify(each, body, { secret })).toMatchObject({ ok: true });
  });

  test('during a rotation, by the old or the new secret on either side', async () => {
    const [old, young] = [secretOf('o'), secretOf('y')];
    const both = headersOf(body, { secrets: [young, old] });
    for (const each of [old, young, [old, young], [secretOf('x'), old]])
      expect(await verify(both, body, { secret: each })).toMatchObject({ ok: true });
    const onlyYoung = headersOf(body, { secrets: [young] });
    expect(await verify(onlyYoung, body, { secret: [old, young] })).toMatchObject({ ok: true });
    expect(await verify(onlyYoung, body, { secret: old })).toMatchObject({ ok: false, reason: 'secret' });
  });

  test('within the tolerance, and beside signatures of other versions', async () => {
    const headers = headersOf(body, { ageS: 290 });
    const others = { ...headers, 'webhook-signature': `v1a,abc ${headers['webhook-signature']} v2,x` };
    expect(await verify(others, body, { secret })).toMatchObject({ ok: true });
  });
});

describe('a refusal says why', () => {
  test.each([
    [310, /fits, but was made 31\d s ago/],
    [-310, /fits, but was made 3\d\d s in the future/],
  ])('clock: signed %d s ago', async (ageS, message) => {
    const verdict = await verify(headersOf(body, { ageS }), body, { secret });
    expect(verdict).toEqual({ ok: false, reason: 'clock', message: expect.stringMatching(message) });
    expect(await verify(headersOf(body, { ageS }), body, { secret, toleranceS: 600 })).toMatchObject({ ok: true });
  });

  const { 'webhook-signature': signature, ...unsigned } = headersOf(body);
  test.each([
    ['no signature', unsigned],
    ['no id', { ...headersOf(body), 'webhook-id': undefined }],
    ['no time', { ...headersOf(body), 'webhook-timestamp': 'now' }],
    ['another version', { ...unsigned, 'webhook-signature': signature.replace('v1', 'v1a') }],
  ])('headers: %s', async (_, headers) => {
    expect(await verify(headers, body, { secret })).toMatchObject({ ok: false, reason: 'headers' });
  });

  test.each([
    [secretOf('b'), 'no signature fits'],
    ['whsec_', 'is not whsec_ and base64'],
    ['whsec_*', 'is not whsec_ and base64'],
    ['', 'no secret was given'],
    [[], 'no secret was given'],
    [undefined as unknown as string, 'no secret was given'],
  ])('secret: %j', async (other, message) => {
    const verdict = await verify(headersOf(body), body, { secret: other });
    expect(verdict).toEqual({ ok: false, reason: 'secret', message: expect.stringContaining(message) });
  });

  const written = (value: string) => JSON.stringify(JSON.parse(value));
  const notification = '{"event_source":"a","changes":["1"]}';
  test.each([
    ['parsed and written again, with data of another writer', body, written(body), /written again as JSON/],
    ['parsed and written again with spaces', notification, JSON.stringify(JSON.parse(notification), null, 2), /JSON/],
    ['data of binary mode written again', '{"a": [1, 2]}', '{"a":[1,2]}', /written again as JSON/],
    ['a line end added', notification, `${notification}\n`, /a line end was added/],
    ['a line end removed', `${notification}\n`, notification, /the line end of the body was removed/],
    ['line ends changed', 'a\r\nb', 'a\nb', /line ends/],
    ['line ends changed the other way', 'a\nb', 'a\r\nb', /line ends/],
    ['white space added', notification, ` ${notification} `, /white space/],
    ['a byte order mark added', notification, `\uFEFF${notification}`, /byte order mark/],
    ['read as Latin-1', '{"a":"Müller"}', Buffer.from('{"a":"Müller"}').toString('latin1'), /Latin-1/],
    ['emptied by another parser', notification, '', /the body is empty/],
    ['cut', notification, notification.slice(0, -1), /has 35 bytes, but 36 came/],
  ])('body: %s', async (_, original, altered, message) => {
    const verdict = await verify(headersOf(original), altered, { secret });
    expect(verdict).toEqual({ ok: false, reason: 'body', message: expect.stringMatching(message) });
  });

  test('body: what a parser has made of it', async () => {
    const verdict = await verify(headersOf(body), JSON.parse(body) as string, { secret });
    expect(verdict).toMatchObject({ ok: false, reason: 'body', message: expect.stringContaining('parsed before') });
  });

  test('nothing known: another body of the same length', async () => {
    const verdict = await verify(headersOf(body), body.replace('rgen', 'xxxx'), { secret });
    expect(verdict).toMatchObject({ ok: false, reason: 'secret' });
  });
});
