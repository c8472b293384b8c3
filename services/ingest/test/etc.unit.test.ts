import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encode } from '../src/publishing/encode.js';
import { etcError, Fault } from '../src/errors.js';
import { readEtc } from '../src/formats/etc.js';
import { onlyEventOf, receipt } from './receipts.js';

const sample = {
  event_source: 'a',
  event_topic: 'gs',
  event_type: 'cert',
  event_status: '1',
  changes: ['4028', '4029'],
};

const read = (body: unknown, changes = {}) => readEtc(Buffer.from(JSON.stringify(body)), receipt(changes));
const messageFor = (body: unknown) => {
  const result = read(body);
  if (!(result instanceof Fault)) return 'accepted';
  const answer: unknown = JSON.parse(etcError(result, 'r').body);
  expect(answer).toMatchObject({ request_id: 'r', code: '400' });
  return (answer as { msg: string }).msg;
};
const without = (field: string) => Object.fromEntries(Object.entries(sample).filter(([name]) => name !== field));

test('the documented sample is named source.topic.type.status', () => {
  expect(onlyEventOf(read(sample))).toEqual({
    dialect: 'etc',
    account: 'acme',
    bus: '',
    name: 'a.gs.cert.1',
    receivedAt: receipt().receivedAt,
    traceContext: undefined,
    identity: 'id-1',
    attributes: {
      specversion: '1.0',
      id: 'id-1',
      source: 'a',
      type: 'cert',
      time: '2024-02-29T04:05:06.789Z',
      datacontenttype: 'application/json',
      accountid: 'acme',
    },
    data: {
      json: '{"event_source":"a","event_topic":"gs","event_type":"cert","event_status":"1","event_key":"a.gs.cert.1","changes":["4028","4029"],"request_id":"id-1"}',
    },
  });
});

test.each([undefined, null, '', '  '])('an event_key of %p is replaced by the default', (event_key) => {
  expect(onlyEventOf(read({ ...sample, event_key })).name).toBe('a.gs.cert.1');
});

test('an event_key is the name of the event, also with 200 words', () => {
  const event_key = Array.from({ length: 200 }, (_, word) => `词${word}`).join('.');
  expect(onlyEventOf(read({ ...sample, event_key })).name).toBe(event_key);
});

describe.each(['event_source', 'event_topic', 'event_type', 'event_status', 'changes'])('%s', (field) => {
  test.each([undefined, null, '', ' \t'])('%p counts as missing', (value) => {
    expect(messageFor({ ...sample, [field]: value })).toBe(`参数${field}不能为空`);
  });
  test('counts as missing when it is absent', () => {
    expect(messageFor(without(field))).toBe(`参数${field}不能为空`);
  });
});

test('an empty list of changes counts as missing', () => {
  expect(messageFor({ ...sample, changes: [] })).toBe('参数changes不能为空');
  const empty = JSON.stringify(sample).replace(/\[.*\]/, '[ \n ]');
  expect(readEtc(Buffer.from(empty), receipt())).toEqual(new Fault('missing', { field: 'changes' }));
});

test('the first fault in the order of the fields is answered', () => {
  expect(messageFor({})).toBe('参数event_source不能为空');
  expect(messageFor({ changes: [], event_type: 5 })).toBe('参数event_source不能为空');
  expect(messageFor({ ...sample, event_topic: [], event_status: '' })).toBe('参数event_topic类型错误，应为字符串');
  expect(messageFor({ changes: 1, event_status: null, event_type: 'x', event_topic: 'x', event_source: 'x' })).toBe(
    '参数event_status不能为空',
  );
});

test.each([
  ['1', '1'],
  ['1.0', '1.0'],
  ['12345678901234567890', '12345678901234567890'],
  ['-0', '-0'],
  ['true', 'true'],
  ['false', 'false'],
])('a status written %s is the string %s', (written, text) => {
  const body = JSON.stringify(sample).replace('"event_status":"1"', `"event_status":${written}`);
  const event = onlyEventOf(readEtc(Buffer.from(body), receipt()));
  expect(event.name).toBe(`a.gs.cert.${text}`);
  expect(JSON.parse((event.data as { json: string }).json)).toMatchObject({ event_status: text });
});

test.each([
  [{ event_source: {} }, '参数event_source类型错误，应为字符串'],
  [{ event_key: ['x'] }, '参数event_key类型错误，应为字符串'],
  [{ changes: 'a,b' }, '参数changes类型错误，应为数组'],
  [{ changes: { 0: 'a' } }, '参数changes类型错误，应为数组'],
  [{ changes: 7 }, '参数changes类型错误，应为数组'],
  [{ event_type: 'a\u0000b' }, '参数event_type含有非法字符'],
  [{ event_source: 'x'.repeat(2_049) }, '参数event_source过长，最多2048字节'],
  [{ event_topic: '字'.repeat(1_366) }, '参数event_topic过长，最多4096字节'],
  [{ event_key: 'x'.repeat(8_193) }, '参数event_key过长，最多8192字节'],
  [{ event_topic: 'x'.repeat(4_096), event_status: 'x'.repeat(4_096) }, '参数event_key过长，最多8192字节'],
])('%p is refused', (changes, message) => {
  expect(messageFor({ ...sample, ...changes })).toBe(message);
});

test.each(['', '{', 'event_source=a', '{"event_source":"a",}', '\u00ff', 'NaN'])('%p is not JSON', (body) => {
  expect(readEtc(Buffer.from(body, 'latin1'), receipt())).toEqual(new Fault('notJson'));
});

test.each(['[]', '1', 'null', '"{}"'])('%s is not a JSON object', (body) => {
  expect(readEtc(Buffer.from(body), receipt())).toEqual(new Fault('notJsonObject'));
});

test('a byte order mark is ignored', () => {
  expect(onlyEventOf(readEtc(Buffer.from(`\uFEFF${JSON.stringify(sample)}`), receipt())).name).toBe('a.gs.cert.1');
});

test('the limit of an event applies to the whole body', () => {
  const body = Buffer.from(JSON.stringify(sample));
  const limits = { eventsPerRequest: 1, eventBytes: body.length, nameWords: 256 };
  expect(readEtc(body, receipt({ limits }))).toHaveLength(1);
  const beyond = { eventsPerRequest: 1, eventBytes: body.length - 1, nameWords: 256 };
  const fault = new Fault('eventTooLarge', { limit: body.length - 1 });
  expect(readEtc(body, receipt({ limits: beyond }))).toEqual(fault);
});

test('a name has up to 256 words, whether it is given or composed of the other fields', () => {
  const words = (count: number) => Array<string>(count).fill('w').join('.');
  expect(messageFor({ ...sample, event_key: words(256) })).toBe('accepted');
  expect(messageFor({ ...sample, event_key: words(257) })).toBe('参数event_key过长，事件名最多256段');
  expect(messageFor({ ...sample, event_source: words(253) })).toBe('accepted');
  expect(messageFor({ ...sample, event_source: words(254) })).toBe('参数event_key过长，事件名最多256段');
});

test('changes reach subscribers byte for byte', () => {
  const anyArray = fc
    .tuple(fc.array(fc.jsonValue(), { minLength: 1 }), fc.constantFrom(undefined, 2, '\t'))
    .map(([value, space]) => JSON.stringify(value, undefined, space));
  fc.assert(
    fc.property(fc.oneof(anyArray, fc.constant('[ 9007199254740993 , 1.0, {"b":1,"a":"\\u0041"}]')), (changes) => {
      const body = `{ "changes" : ${changes} , ${JSON.stringify(without('changes')).slice(1)}`;
      const event = onlyEventOf(readEtc(Buffer.from(body), receipt()));
      const message = encode(event);
      const data = message.body.subarray(message.headers.dataAt, -1).toString();
      expect(data).toContain(`,"changes":${changes},"request_id":"id-1"}`);
      expect(JSON.parse(data)).toEqual({
        ...sample,
        event_key: 'a.gs.cert.1',
        changes: JSON.parse(changes) as unknown,
        request_id: 'id-1',
      });
    }),
  );
});

test('never throws, for any JSON', () => {
  const anyField = fc.constantFrom(...Object.keys(sample), 'event_key', '__proto__', 'x');
  const anyBody = fc.oneof(fc.jsonValue(), fc.dictionary(anyField, fc.jsonValue()));
  fc.assert(fc.property(anyBody, (body) => expect(['accepted', expect.any(String)]).toContainEqual(messageFor(body))));
});
