import { describe, expect, test } from '@jest/globals';
import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { readCloudEvents } from '../src/formats/cloudevents.js';
import { encode } from '../src/publishing/encode.js';
import { eventBusError, Fault } from '../src/errors.js';
import { eventsOf, onlyEventOf, receipt } from './receipts.js';

const minimal = { specversion: '1.0', id: '1', source: '/s', type: 't' };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

type Headers = Record<string, string>;
const read = (headers: Headers, body: string | Buffer, changes = {}) =>
  readCloudEvents(headers, Buffer.from(body), receipt(changes));
const structured = (event: unknown, changes = {}) => structuredText(JSON.stringify(event), changes);
const structuredText = (text: string, changes = {}) =>
  read({ 'content-type': 'application/cloudevents+json' }, text, changes);
const batch = (events: unknown, changes = {}) =>
  read({ 'content-type': 'application/cloudevents-batch+json; charset=UTF-8' }, JSON.stringify(events), changes);
const binary = (headers: Headers, body: string | Buffer = '', changes = {}) =>
  read({ 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't', ...headers }, body, changes);

const errorFor = (result: ReturnType<typeof read>): unknown => {
  if (!(result instanceof Fault)) return 'accepted';
  const { status, body } = eventBusError(result, 'r');
  return { status, ...(JSON.parse(body) as object) };
};
const error = (status: number, code: string, message: string) => ({ requestId: 'r', status, code, message });
const missing = (message: string) => error(400, 'INVALID_PARAMETER', message);
const bad = (message: string) => error(400, 'INVALID_PARAMETER_VALUE', message);
const unsupported = (message: string) => error(415, 'UNSUPPORTED_MEDIA_TYPE', message);

describe('structured', () => {
  test('the event stays unchanged, with the account added', () => {
    const event = {
      ...minimal,
      time: '2024-02-29T12:00:00.123456+08:00',
      subject: 'x',
      level: 3,
      urgent: true,
      note: '主机',
    };
    expect(onlyEventOf(structured({ ...event, data: [1] }))).toEqual({
      dialect: 'cloudevents',
      account: 'acme',
      bus: '',
      name: '/s.t',
      receivedAt: receipt().receivedAt,
      traceContext: undefined,
      attributes: { ...event, accountid: 'acme' },
      data: { json: '[1]' },
    });
  });

  test('accountid and eventbusid are the account and the bus', () => {
    const event = onlyEventOf(structured({ ...minimal, accountid: 'partner', eventbusid: 'b1' }));
    expect(event).toMatchObject({
      account: 'partner',
      bus: 'b1',
      attributes: { accountid: 'partner', eventbusid: 'b1' },
    });
  });

  test('data keeps its text', () => {
    for (const data of ['"{\\"a\\":1}"', 'null', '1.0', '"\\u0041"', '{ "b": 9007199254740993, "a" : 1 }']) {
      expect(onlyEventOf(structuredText(`{"data":${data},${JSON.stringify(minimal).slice(1)}`)).data).toEqual({
        json: data,
      });
    }
    expect(onlyEventOf(structured(minimal)).data).toBeUndefined();
  });

  test('data_base64 stays unchanged, and is checked', () => {
    expect(onlyEventOf(structured({ ...minimal, data_base64: 'AAE=' })).data).toEqual({ base64: 'AAE=' });
    expect(onlyEventOf(structured({ ...minimal, data_base64: '', data: null })).data).toEqual({ base64: '' });
    expect(onlyEventOf(structured({ ...minimal, data_base64: null, data: 1 })).data).toEqual({ json: '1' });
    for (const data_base64 of ['AAE', 'A A=', '!', 7, {}]) {
      expect(errorFor(structured({ ...minimal, data_base64 }))).toEqual(bad('data_base64 must be base64'));
    }
    expect(errorFor(structured({ ...minimal, data_base64: 'AAE=', data: 1 }))).toEqual(
      bad('data_base64 and data exclude each other'),
    );
  });

  test.each([
    [{ specversion: undefined }, missing('specversion is required')],
    [{ specversion: '0.3' }, bad('specversion must be "1.0"')],
    [{ id: undefined }, missing('id is required')],
    [{ id: '' }, missing('id is required')],
    [{ source: null }, missing('source is required')],
    [{ type: ' ' }, missing('type is required')],
    [{ id: 1 }, bad('id must be a string')],
    [{ time: '2024-02-29T12:00:00+0800' }, bad('time is not a time')],
    [{ time: 1_709_179_200_000 }, bad('time is not a time')],
    [{ subject: 7 }, bad('subject must be a string')],
    [{ accountid: 0 }, bad('accountid must be a string')],
    [{ level: 1.5 }, bad('level must be a string, a 32-bit integer or a boolean')],
    [{ level: 2 ** 31 }, bad('level must be a string, a 32-bit integer or a boolean')],
    [{ extra: {} }, bad('extra must be a string, a 32-bit integer or a boolean')],
    [{ extra: [] }, bad('extra must be a string, a 32-bit integer or a boolean')],
    [{ extra: 'a\u0085' }, bad('extra holds a control character or half a surrogate pair')],
    [{ extra: 'x'.repeat(4_097) }, bad('extra is longer than 4096 bytes')],
    [{ id: 'x'.repeat(2_049) }, bad('id is longer than 2048 bytes')],
    [{ datacontenttype: 'text/plain; x=日本' }, bad('datacontenttype is not a media type of printable ASCII')],
    [{ source: 'has space' }, bad('source is not a URI reference (RFC 3986)')],
    [{ source: '订单系统' }, bad('source is not a URI reference (RFC 3986)')],
    [{ source: '/%4' }, bad('source is not a URI reference (RFC 3986)')],
    [{ dataschema: 'not a uri' }, bad('dataschema is not a URI (RFC 3986)')],
    [{ dataschema: '/relative' }, bad('dataschema is not a URI (RFC 3986)')],
    [{ dataschema: 7 }, bad('dataschema must be a string')],
    [{ datacontenttype: 'text' }, bad('datacontenttype is not a media type of printable ASCII')],
    [{ datacontenttype: 7 }, bad('datacontenttype must be a string')],
    [{ datacontenttype: `text/${'x'.repeat(4_092)}` }, bad('datacontenttype is longer than 4096 bytes')],
    [{ eventbusid: 'x'.repeat(257) }, bad('eventbusid is longer than 256 bytes')],
    [{ eventBusId: 'b' }, bad('eventBusId: attribute names are 1 to 64 lower-case letters and digits')],
    [{ my_name: 'b' }, bad('my_name: attribute names are 1 to 64 lower-case letters and digits')],
    [{ '': 'b' }, bad(': attribute names are 1 to 64 lower-case letters and digits')],
    [{ ['x'.repeat(65)]: 'b' }, bad(`${'x'.repeat(65)}: attribute names are 1 to 64 lower-case letters and digits`)],
    [{ ['X'.repeat(999)]: 'b' }, bad(`${'X'.repeat(200)}…: attribute names are 1 to 64 lower-case letters and digits`)],
    [{ accountid: 'rival' }, error(403, 'AUTHORIZATION_ERROR', 'accountid: the caller may not use this account')],
  ])('%j', (changes, expected) => {
    expect(errorFor(structured({ ...minimal, ...changes }))).toEqual(expected);
  });

  test('long names and null extensions are accepted, and empty extensions stay', () => {
    const changes = { averyveryverylongname1: 'x', gone: null, empty: '', blank: ' ', zero: 0, no: false };
    const event = onlyEventOf(structured({ ...minimal, ...changes }));
    expect(event.attributes).toEqual({
      ...minimal,
      averyveryverylongname1: 'x',
      empty: '',
      blank: ' ',
      zero: 0,
      no: false,
      accountid: 'acme',
    });
  });

  test.each([
    ['[]', bad('the event must be an object')],
    ['1', bad('the event must be an object')],
    ['', bad('the body is not JSON')],
    ['{"__proto__":{"id":"1"}}', bad('__proto__: attribute names are 1 to 64 lower-case letters and digits')],
  ])('a body of %s', (text, expected) => expect(errorFor(structuredText(text))).toEqual(expected));
});

describe('batched', () => {
  test('all events are read in order', () => {
    const events = eventsOf(batch([minimal, { ...minimal, id: '2' }]));
    expect(events.map((event) => event.attributes.id)).toEqual(['1', '2']);
  });

  test('an empty batch has no events', () => expect(eventsOf(batch([]))).toEqual([]));

  test('a fault names the event and the field', () => {
    expect(errorFor(batch([minimal, { ...minimal, source: '' }]))).toEqual(missing('[1].source is required'));
    expect(errorFor(batch([minimal, 7]))).toEqual(bad('[1] must be an object'));
    expect(errorFor(batch([minimal, { ...minimal, datacontenttype: 'text/plain; x=é' }]))).toEqual(
      bad('[1].datacontenttype is not a media type of printable ASCII'),
    );
    expect(errorFor(batch(minimal))).toEqual(bad('the body must be an array'));
    expect(errorFor(batch(Array.from({ length: 101 }, () => minimal)))).toEqual(
      bad('the body holds more than 100 events'),
    );
  });
});

describe('binary', () => {
  test('headers become attributes, and Content-Type becomes datacontenttype', () => {
    const event = onlyEventOf(
      binary({ 'ce-eventbusid': 'b1', 'ce-level': '3', 'content-type': 'application/json', host: 'x' }, '{"n":1}'),
    );
    expect(event).toMatchObject({ bus: 'b1', name: '/s.t', data: { json: '{"n":1}' } });
    expect(event.attributes).toEqual({
      ...minimal,
      eventbusid: 'b1',
      level: '3',
      datacontenttype: 'application/json',
      accountid: 'acme',
    });
  });

  test.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['%41%2541', 'A%41'],
    ['"quoted \\"and\\" \\\\ %20 spaced"', 'quoted "and" \\   spaced'],
    ['100%', '100%'],
    ['a"b', 'a"b'],
    [Buffer.from('主机').toString('latin1'), '主机'],
  ])('a header of %s is %s', (header, subject) => {
    expect(onlyEventOf(binary({ 'ce-subject': header })).attributes).toMatchObject({ subject });
  });

  test.each(['text', 'text/plain; x=é', 'not a media type at all'])('the Content-Type %s is refused', (contentType) => {
    expect(errorFor(binary({ 'content-type': contentType }, 'x'))).toEqual(
      bad('datacontenttype is not a media type of printable ASCII'),
    );
  });

  test.each([
    ['https://example.com/a%20b/%E4%B8%AD', 'https://example.com/a b/中', 'https://example.com/a%20b/%E4%B8%AD'],
    ['https://example.com/a%2520b', 'https://example.com/a%20b', 'https://example.com/a%20b'],
    ['%E6%BA%90 50%"', '源 50%"', '%E6%BA%90%2050%25%22'],
    ['/a[1]#b#c', '/a[1]#b#c', '/a%5B1%5D#b%23c'],
    ['1:2', '1:2', '1%3A2'],
  ])('a source of %s is matched as %s and goes on as %s', (header, name, source) => {
    const event = onlyEventOf(binary({ 'ce-source': header }));
    expect(event.name).toBe(`${name}.t`);
    expect(JSON.parse(encode(event).body.toString())).toMatchObject({ source });
  });

  test('dataschema is encoded too, and must be a URI', () => {
    const dataschema = 'https://example.com/a%20b';
    expect(onlyEventOf(binary({ 'ce-dataschema': dataschema })).attributes).toMatchObject({ dataschema });
    expect(errorFor(binary({ 'ce-dataschema': '/a' }))).toEqual(bad('dataschema is not a URI (RFC 3986)'));
  });

  test('an empty extension stays', () => {
    expect(onlyEventOf(binary({ 'ce-more': '' })).attributes).toMatchObject({ more: '' });
  });

  test.each(['%C0%A0', '%FF', '\u00ff', '%ED%A0%80'])('a header of %s is not UTF-8', (header) => {
    expect(errorFor(binary({ 'ce-subject': header }))).toEqual(bad('ce-subject is not percent-encoded UTF-8'));
  });

  test.each([
    ['application/json', '{ "n": 1.0 }', { json: '{ "n": 1.0 }' }],
    ['application/json; charset=utf-8', '\r\n "x"\t', { json: '\r\n "x"\t' }],
    ['application/json', '\uFEFF1', { base64: '77u/MQ==' }],
    ['application/json; charset=iso-8859-1', Buffer.from('"é"', 'latin1'), { base64: 'Iuki' }],
    ['application/json', Buffer.from('"é"', 'latin1'), { base64: 'Iuki' }],
    ['application/json; charset=us-ascii', '"é"', { base64: 'IsOpIg==' }],
    ['application/json; charset=us-ascii', '"e"', { json: '"e"' }],
    ['application/problem+JSON', '1', { json: '1' }],
    ['text/vnd.acme+json', '"a"', { json: '"a"' }],
    ['text/plain', 'a "b"\n', { json: '"a \\"b\\"\\n"' }],
    ['text/plain; charset="utf-8"', '字', { json: '"字"' }],
    ['text/plain; charset=gbk', Buffer.from([0xd7, 0xd6]), { base64: '19Y=' }],
    ['text/plain', Buffer.from([0xff]), { base64: '/w==' }],
    ['application/xml', '<a/>', { json: '"<a/>"' }],
    ['Image/SVG+XML', '<a/>', { json: '"<a/>"' }],
    ['application/x-www-form-urlencoded; charset=UTF-8', 'a=1', { json: '"a=1"' }],
    ['application/octet-stream', Buffer.from([0, 1]), { base64: 'AAE=' }],
    [undefined, 'x', { base64: 'eA==' }],
    ['application/json', '', undefined],
    ['text/plain', '', undefined],
  ])('%s of %p', (contentType, body, data) => {
    const headers: Headers = contentType === undefined ? {} : { 'content-type': contentType };
    expect(onlyEventOf(binary(headers, body)).data).toEqual(data);
  });

  test('faults', () => {
    expect(errorFor(binary({ 'content-type': 'application/json' }, '{'))).toEqual(bad('the body is not JSON'));
    expect(errorFor(binary({ 'ce-id': '' }))).toEqual(missing('id is required'));
    expect(errorFor(read({ 'ce-id': '1' }, ''))).toEqual(missing('specversion is required'));
    expect(errorFor(binary({ 'ce-data': 'x' }))).toEqual(
      bad('data: attribute names are 1 to 64 lower-case letters and digits'),
    );
    expect(errorFor(binary({ 'ce-my-name': 'x' }))).toEqual(
      bad('my-name: attribute names are 1 to 64 lower-case letters and digits'),
    );
    expect(errorFor(binary({ 'ce-accountid': 'rival' }))).toMatchObject({ status: 403 });
    expect(errorFor(binary({ 'ce-subject': 'a%00' }))).toEqual(
      bad('subject holds a control character or half a surrogate pair'),
    );
  });
});

describe('content types', () => {
  test.each([{}, { 'content-type': 'application/json' }, { 'content-type': 'text/plain', host: 'x' }])(
    'without a CloudEvent, %j',
    (headers) => {
      expect(errorFor(read(headers as Headers, JSON.stringify(minimal)))).toEqual(
        unsupported('neither a structured nor a batched nor a binary CloudEvent'),
      );
    },
  );
  test.each(['application/cloudevents', 'application/cloudevents+avro', 'application/cloudevents-batch+xml'])(
    '%s',
    (type) => {
      expect(errorFor(read({ 'content-type': type, 'ce-id': '1' }, '{}'))).toEqual(
        unsupported('neither a structured nor a batched nor a binary CloudEvent'),
      );
    },
  );
  test('another charset', () => {
    expect(errorFor(read({ 'content-type': 'application/cloudevents+json; charset=gbk' }, '{}'))).toEqual(
      unsupported('the charset must be utf-8'),
    );
  });
  test('are read in any case', () => {
    expect(
      onlyEventOf(read({ 'content-type': 'Application/CloudEvents+JSON ;Charset=UTF-8' }, JSON.stringify(minimal))),
    ).toBeDefined();
  });
});

test('the size of an event is limited in every mode', () => {
  const text = JSON.stringify({ ...minimal, data: 'x'.repeat(100) });
  const limits = { eventsPerRequest: 2, eventBytes: text.length - 1, nameWords: 256 };
  const enough = { eventsPerRequest: 2, eventBytes: text.length, nameWords: 256 };
  const tooLarge = (field: string) =>
    error(413, 'PAYLOAD_TOO_LARGE', `${field} is larger than ${text.length - 1} bytes`);
  expect(errorFor(structuredText(text, { limits }))).toEqual(tooLarge('the event'));
  expect(errorFor(structuredText(text, { limits: enough }))).toBe('accepted');
  expect(errorFor(batch([minimal, JSON.parse(text)], { limits }))).toEqual(tooLarge('[1]'));
  expect(errorFor(binary({}, 'x'.repeat(text.length), { limits }))).toEqual(tooLarge('the event'));
});

test('the trace context of an event takes precedence over that of the request, whose baggage stays', () => {
  const traceContext = { traceparent: traceparent.replace('01', '00'), tracestate: 'a=1', baggage: 'b=2' };
  const contextOf = (changes: object) =>
    onlyEventOf(structured({ ...minimal, ...changes }, { traceContext })).traceContext;
  expect(contextOf({})).toEqual(traceContext);
  expect(contextOf({ traceparent: 'x', tracestate: 'own=1' })).toEqual(traceContext);
  expect(contextOf({ traceparent })).toEqual({ traceparent, baggage: 'b=2' });
  expect(contextOf({ traceparent, tracestate: 'own=1' })).toEqual({ traceparent, tracestate: 'own=1', baggage: 'b=2' });
});

describe('the CloudEvents SDK', () => {
  const sent = new CloudEvent({
    id: 'x-1',
    source: '/sdk',
    type: 'made',
    time: '2024-02-29T04:00:00.000Z',
    eventbusid: 'b1',
    data: { a: [1, 'ü'] },
  });

  test.each(['binary', 'structured'] as const)('is read in %s mode', (mode) => {
    const { headers, body } = HTTP[mode](sent);
    const event = onlyEventOf(read(headers as Headers, String(body)));
    const written: unknown = JSON.parse(encode(event).body.toString());
    expect(written).toMatchObject({ ...(JSON.parse(JSON.stringify(sent)) as object), accountid: 'acme' });
  });

  test('reads the events that Callbus writes', () => {
    const { body } = encode(onlyEventOf(structured({ ...minimal, data: { a: 1 } })));
    const event = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' }, body: body.toString() });
    expect(event).toMatchObject({ ...minimal, data: { a: 1 } });
  });
});

test('data reaches subscribers byte for byte', () => {
  const anyData = fc
    .tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'))
    .map(([value, space]) => JSON.stringify(value, undefined, space));
  fc.assert(
    fc.property(anyData, (json) => {
      const fromStructured = encode(
        onlyEventOf(structuredText(`{"data" : ${json} ,${JSON.stringify(minimal).slice(1)}`)),
      );
      const fromBinary = encode(onlyEventOf(binary({ 'content-type': 'application/json' }, json)));
      for (const { headers, body } of [fromStructured, fromBinary]) {
        expect(body.subarray(headers.dataAt, -1).toString()).toBe(json);
        expect(JSON.parse(body.toString())).toMatchObject({ ...minimal, accountid: 'acme' });
      }
    }),
  );
});

test('never throws, for any JSON and any headers', () => {
  const anyName = fc.constantFrom(...Object.keys(minimal), 'data', 'data_base64', 'level', '__proto__', 'tostring');
  const anyEvent = fc.oneof(fc.jsonValue(), fc.dictionary(anyName, fc.jsonValue()), fc.constant(minimal));
  const outcome = (result: ReturnType<typeof read>) =>
    result instanceof Fault ? errorFor(result) : result.map((event) => encode(event));
  fc.assert(
    fc.property(anyEvent, fc.array(anyEvent), fc.dictionary(fc.string(), fc.string()), (event, events, headers) => {
      expect(outcome(structured(event))).toBeDefined();
      expect(outcome(batch(events))).toBeDefined();
      const prefixed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [`ce-${name}`, value]));
      expect(outcome(binary(prefixed, JSON.stringify(event)))).toBeDefined();
    }),
  );
});
