import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encode } from '../src/publishing/encode.js';
import { eventBusError, Fault } from '../src/errors.js';
import { readEventBus } from '../src/formats/event-bus.js';
import { echo, echoInPieces } from '../src/formats/event-bus-echo.js';
import type { IncomingEvent } from '../src/formats/incoming-event.js';
import { eventsOf, onlyEventOf, receipt, receivedAt } from './receipts.js';

const minimal = { source: 's', type: 't', eventBusId: 'b1' };

const minimalFields = { source: fc.constant('源'), type: fc.constant('t'), eventBusId: fc.constant('b1') };

const readText = (body: string, changes = {}) => readEventBus(Buffer.from(body), receipt(changes));
const read = (...events: unknown[]) => readText(JSON.stringify({ eventList: events }));
const readOne = (event: unknown) => onlyEventOf(read(event));
const answerTo = (events: readonly IncomingEvent[], repeats: ReadonlySet<number> = new Set()) =>
  Buffer.concat(echo(events)(repeats)).toString();
const firstIn = (answer: string) => (JSON.parse(answer) as { events: [Record<string, unknown>] }).events[0];
const echoOf = (event: unknown) => firstIn(answerTo([readOne(event)]));
const errorFor = (result: ReturnType<typeof read>): unknown => {
  if (!(result instanceof Fault)) return 'accepted';
  const { status, body } = eventBusError(result, 'r');
  const { requestId, ...error } = JSON.parse(body) as Record<string, unknown>;
  expect(requestId).toBe('r');
  return { status, ...error };
};
const missing = (message: string) => ({ status: 400, code: 'INVALID_PARAMETER', message });
const bad = (message: string) => ({ status: 400, code: 'INVALID_PARAMETER_VALUE', message });

describe('an event', () => {
  const full = {
    source: 'cmdb',
    type: 'host.created',
    id: 'e-1',
    data: { host: 7 },
    time: '2024-02-29T12:00:00+0800',
    specversion: '1.0',
    datacontenttype: 'application/json; charset=utf-8',
    accountId: 'partner',
    eventBusId: 'b1',
    subject: 'sub',
    resourceType: 'host',
    level: 'info',
    eventBusName: 'bus',
    eventSourceAlias: '源',
    eventAlias: '主机创建',
    eventAliasEn: 'host created',
    region: 'gz',
    recvTimestamp: 'whatever was sent',
    somethingElse: { is: 'ignored' },
  };

  test('becomes a CloudEvent with extensions in lower case and times in UTC', () => {
    const event = readOne(full);
    expect(event).toMatchObject({
      dialect: 'cloudevents',
      account: 'partner',
      bus: 'b1',
      name: 'cmdb.host.created',
      receivedAt,
    });
    expect(event.attributes).toEqual({
      specversion: '1.0',
      id: 'e-1',
      source: 'cmdb',
      type: 'host.created',
      time: '2024-02-29T04:00:00.000Z',
      datacontenttype: 'application/json; charset=utf-8',
      subject: 'sub',
      accountid: 'partner',
      eventbusid: 'b1',
      resourcetype: 'host',
      level: 'info',
      eventbusname: 'bus',
      eventsourcealias: '源',
      eventalias: '主机创建',
      eventaliasen: 'host created',
      region: 'gz',
      recvtimestamp: '2024-02-29T04:05:06.789Z',
    });
    expect(event.data).toEqual({ json: '{"host":7}' });
  });

  test('is repeated in camel case with times of China', () => {
    expect(echoOf(full)).toEqual({ ...full, somethingElse: undefined, recvTimestamp: '2024-02-29T12:05:06+0800' });
  });

  test('gets default values', () => {
    expect(echoOf(minimal)).toEqual({
      ...minimal,
      id: 'id-1',
      time: '2024-02-29T12:05:06+0800',
      specversion: '1.0',
      datacontenttype: 'application/json',
      accountId: 'acme',
      recvTimestamp: '2024-02-29T12:05:06+0800',
    });
    expect(readOne(minimal).data).toBeUndefined();
  });

  test.each([null, '', ' '])('an optional field of %p counts as absent', (value) => {
    const optional = Object.keys(full).filter((name) => !(name in minimal));
    const event = { ...Object.fromEntries(optional.map((name) => [name, value])), ...minimal };
    expect(echoOf(event)).toEqual(echoOf(minimal));
  });

  test('has field names in any case, of which the last spelling counts', () => {
    const text =
      '{"SOURCE":"1","eventbusid":"b1","Type":"t","source":"2","Source":"3","\\u0073ource":"4","RESOURCETYPE":"r"}';
    const event = onlyEventOf(readText(`{"EVENTLIST":[],"eventlist":[${text}]}`));
    expect(event.attributes).toMatchObject({ source: '4', type: 't', eventbusid: 'b1', resourcetype: 'r' });
  });
});

describe('the list', () => {
  const list = JSON.stringify([minimal]);

  test.each([`{"events":${list}}`, `{"eventList":[],"Events":${list}}`, `{"eventList":null,"events":${list}}`])(
    'is read from %s, as the SDK sends it',
    (body) => {
      expect(onlyEventOf(readText(body)).attributes).toMatchObject({ source: 's', type: 't', eventbusid: 'b1' });
    },
  );

  test('is eventList when both names are sent', () => {
    const both = `{"events":[{}],"eventList":${list}}`;
    expect(onlyEventOf(readText(both)).attributes.source).toBe('s');
  });

  test('has its own name in faults', () => {
    expect(errorFor(readText('{"events":[{}]}'))).toEqual(missing('events[0].source is required'));
    expect(errorFor(readText('{"events":{}}'))).toEqual(bad('events must be an array'));
    expect(errorFor(readText('{"events":[]}'))).toEqual(missing('eventList is required'));
  });
});

test('an event of a list is read as it is by itself', () => {
  const value = fc.constantFrom<unknown>(
    'a',
    'b',
    '字',
    'a\\"b',
    '',
    ' ',
    null,
    7,
    1e3,
    'a\n',
    '{}',
    { a: 1 },
    { b: '字' },
    '2024-02-29T12:00:00Z',
  );
  const anyEvent = fc.record(
    {
      source: fc.constantFrom<unknown>('a', 'b c', 1),
      type: fc.constantFrom<unknown>('a', 'x.y.z', ''),
      id: value,
      eventBusId: fc.constantFrom<unknown>('b1', 'b2', ''),
      eventBusName: value,
      accountId: fc.constantFrom<unknown>('acme', 'partner', 'rival', null),
      time: value,
      subject: value,
      level: value,
      region: value,
      data: value,
      specversion: fc.constantFrom<unknown>('1.0', '0.3', ''),
    },
    { requiredKeys: ['source', 'type'] },
  );
  const changes = () => ({ newId: () => 'new', limits: { eventsPerRequest: 100, eventBytes: 262_144, nameWords: 3 } });
  const readThese = (...events: unknown[]) =>
    readText(JSON.stringify({ eventBusId: 'all', eventList: events }), changes());
  fc.assert(
    fc.property(fc.array(anyEvent, { minLength: 2, maxLength: 4 }), (sent) => {
      const together = readThese(...sent);
      const alone = sent.map((event) => readThese(event));
      const fault = alone.findIndex((result) => result instanceof Fault);
      if (fault < 0) expect(together).toEqual(alone.flatMap((result) => eventsOf(result)));
      else expect(errorFor(together)).toEqual(errorAt(fault, errorFor(alone[fault] ?? [])));
    }),
    { numRuns: 1_000 },
  );
});

/** The error of the only event of a request, as it is for the event at this index. */
function errorAt(index: number, error: unknown): unknown {
  return JSON.parse(JSON.stringify(error).replace('eventList[0]', `eventList[${index}]`));
}

describe('the bus', () => {
  const busIn = (event: object, ofAll = {}) => {
    const { bus, attributes } = onlyEventOf(
      readText(JSON.stringify({ ...ofAll, eventList: [{ source: 's', type: 't', ...event }] })),
    );
    expect(attributes['eventbusid']).toBe(bus);
    return bus;
  };

  test.each([
    [{ eventBusId: 'id', eventBusName: 'name' }, { eventBusId: 'all' }, 'id'],
    [{ eventBusName: 'name' }, { eventBusId: 'all' }, 'all'],
    [{ eventbusname: 'name' }, {}, 'name'],
    [{ eventBusId: '', eventBusName: 'name' }, { eventBusId: ' ' }, 'name'],
    [{}, { eventbusname: 'name of all' }, 'name of all'],
    [{ eventBusName: 'name' }, { eventBusName: 'name of all' }, 'name'],
  ])('of %j in %j is %s', (event, ofAll, bus) => expect(busIn(event, ofAll)).toBe(bus));

  test('by name has the same limits as by id, and a fault names the field that was sent', () => {
    expect(errorFor(read({ source: 's', type: 't', eventBusName: 'x'.repeat(257) }))).toEqual(
      bad('eventList[0].eventBusName is longer than 256 bytes'),
    );
    expect(errorFor(read({ source: 's', type: 't' }))).toEqual(missing('eventList[0].eventBusId is required'));
  });
});

describe('a number', () => {
  test('keeps its spelling as id, accountId and level', () => {
    const event = '{"source":"s","type":"t","eventBusId":"b","id":12345678901234567890,"accountId":1.10,"LEVEL":-1e2}';
    const caller = { account: 'acme', mayUse: () => true };
    const numbered = onlyEventOf(readText(`{"eventList":[${event}]}`, { caller }));
    expect(numbered).toMatchObject({
      account: '1.10',
      attributes: { id: '12345678901234567890', accountid: '1.10', level: '-1e2' },
    });
    expect(firstIn(answerTo([numbered]))).toMatchObject({
      id: '12345678901234567890',
      accountId: '1.10',
      level: '-1e2',
    });
  });

  test.each(['source', 'type', 'subject', 'region', 'eventBusId'])('is refused as %s', (name) => {
    expect(errorFor(read({ ...minimal, [name]: 1 }))).toEqual(bad(`eventList[0].${name} must be a string`));
  });

  test.each(['id', 'accountId', 'level'])('is the only other type that is accepted as %s', (name) => {
    for (const value of [true, {}, []])
      expect(errorFor(read({ ...minimal, [name]: value }))).toEqual(bad(`eventList[0].${name} must be a string`));
  });
});

describe('time', () => {
  test.each([
    [1_709_179_200_000, '2024-02-29T04:00:00.000Z'],
    ['1709179200000', '2024-02-29T04:00:00.000Z'],
    ['2024-02-29T04:00:00Z', '2024-02-29T04:00:00.000Z'],
    ['2024-02-29T04:00:00.25+00:00', '2024-02-29T04:00:00.250Z'],
    ['2024-02-29T12:00:00+0800', '2024-02-29T04:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ])('%p', (time, utc) => expect(readOne({ ...minimal, time }).attributes['time']).toBe(utc));

  test.each(['2024-02-29', 'now', 1.5, true, {}, []])('%p is refused', (time) => {
    expect(errorFor(read({ ...minimal, time }))).toEqual(bad('eventList[0].time is not a time'));
  });
});

describe('data', () => {
  test.each([
    ['{"a": 9007199254740993}', '{"a": 9007199254740993}'],
    [JSON.stringify(' {"a": 9007199254740993}\n'), '{"a": 9007199254740993}'],
    ['{}', '{}'],
  ])('%s is an object', (written, json) => {
    const event = onlyEventOf(
      readText(`{"eventBusId":"b1","eventList":[{"source":"s","type":"t","data":${written}}]}`),
    );
    expect(event.data).toEqual({ json });
    expect(answerTo([event])).toContain(`"data":${json}}`);
  });

  test.each([[], 1, true, '[]', '1', 'text', '{', '{"a":}', '"{}"'])('%p is refused', (data) => {
    expect(errorFor(read({ ...minimal, data }))).toEqual(
      bad('eventList[0].data must be an object or a string that holds a JSON object'),
    );
  });

  test.each(['null', ' null '])('a string of %p is absent', (data) => {
    expect(readOne({ ...minimal, data }).data).toBeUndefined();
  });

  test('is the same in an answer in pieces as in one text', () => {
    const anyEvent = fc.record(
      { ...minimalFields, data: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()) },
      {
        requiredKeys: ['source', 'type', 'eventBusId'],
      },
    );
    const indices = fc.subarray([0, 1, 2, 3, 4]);
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 5 }), indices, (sent, repeated) => {
        const events = eventsOf(read(...sent));
        const repeats = new Set(repeated.filter((index) => index < events.length));
        const messages = events.map((event) => encode(event));
        const answer = answerTo(events, repeats);
        expect(Buffer.concat(echoInPieces({ events, messages, repeats })).toString()).toBe(answer);
        const alone = events.map((event, index) => firstIn(answerTo([event], new Set(repeats.has(index) ? [0] : []))));
        expect(JSON.parse(answer)).toEqual({ events: alone });
      }),
    );
  });

  test('reaches subscribers and the publisher byte for byte', () => {
    const anyObject = fc
      .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), fc.boolean())
      .map(([object, space, isString]) => ({ json: JSON.stringify(object, undefined, space), isString }));
    fc.assert(
      fc.property(anyObject, ({ json, isString }) => {
        const written = isString ? JSON.stringify(json) : json;
        const event = onlyEventOf(
          readText(`{"eventlist":[{"data" : ${written} ,"source":"s","type":"t","eventbusid":"b"}]}`),
        );
        const { headers, body } = encode(event);
        expect(body.subarray(headers.dataAt, -1).toString()).toBe(json);
        expect(firstIn(answerTo([event]))['data']).toEqual(JSON.parse(json));
      }),
    );
  });
});

describe('eventBusId', () => {
  const ofTop = (event: object, eventBusId: unknown) => readText(JSON.stringify({ eventList: [event], eventBusId }));
  const busless = { source: 's', type: 't' };

  test('is that of the event, otherwise that of the body', () => {
    expect(onlyEventOf(ofTop(busless, 'top')).bus).toBe('top');
    expect(onlyEventOf(ofTop({ ...busless, eventBusId: '' }, 'top')).bus).toBe('top');
    expect(onlyEventOf(ofTop(minimal, 'top')).bus).toBe('b1');
    expect(onlyEventOf(readText(JSON.stringify({ eventList: [busless], EVENTBUSID: 'top' }))).bus).toBe('top');
  });

  test('is required in the event or the body', () => {
    expect(errorFor(read(busless))).toEqual(missing('eventList[0].eventBusId is required'));
    expect(errorFor(ofTop(busless, ''))).toEqual(missing('eventList[0].eventBusId is required'));
    expect(errorFor(ofTop(busless, 7))).toEqual(bad('eventList[0].eventBusId must be a string'));
  });
});

describe('a fault names the event and the field', () => {
  const long = (length: number) => 'x'.repeat(length);

  test.each([
    [{ source: undefined }, missing('eventList[1].source is required')],
    [{ source: '' }, missing('eventList[1].source is required')],
    [{ type: null }, missing('eventList[1].type is required')],
    [{ source: 1 }, bad('eventList[1].source must be a string')],
    [{ source: undefined, type: 1 }, missing('eventList[1].source is required')],
    [{ type: 1, eventBusId: undefined }, bad('eventList[1].type must be a string')],
    [{ id: true }, bad('eventList[1].id must be a string')],
    [{ specversion: '0.3' }, bad('eventList[1].specversion must be "1.0"')],
    [{ specversion: 1 }, bad('eventList[1].specversion must be "1.0"')],
    [{ datacontenttype: 'text/plain' }, bad('eventList[1].datacontenttype must be application/json')],
    [{ datacontenttype: 'application/json; x' }, bad('eventList[1].datacontenttype must be application/json')],
    [{ datacontenttype: 'application/json; x=é' }, bad('eventList[1].datacontenttype must be application/json')],
    [{ datacontenttype: 'application/jsonx' }, bad('eventList[1].datacontenttype must be application/json')],
    [{ resourceType: ['x'] }, bad('eventList[1].resourceType must be a string')],
    [{ EVENTALIASEN: 5 }, bad('eventList[1].eventAliasEn must be a string')],
    [{ source: 'a\nb' }, bad('eventList[1].source holds a control character or half a surrogate pair')],
    [{ level: 'a\ud800' }, bad('eventList[1].level holds a control character or half a surrogate pair')],
    [{ id: long(2_049) }, bad('eventList[1].id is longer than 2048 bytes')],
    [{ source: long(2_049) }, bad('eventList[1].source is longer than 2048 bytes')],
    [{ type: long(2_049) }, bad('eventList[1].type is longer than 2048 bytes')],
    [{ accountId: long(257) }, bad('eventList[1].accountId is longer than 256 bytes')],
    [{ eventBusId: long(257) }, bad('eventList[1].eventBusId is longer than 256 bytes')],
    [{ region: long(4_097) }, bad('eventList[1].region is longer than 4096 bytes')],
    [
      { accountId: 'rival' },
      {
        status: 403,
        code: 'AUTHORIZATION_ERROR',
        message: 'eventList[1].accountId: the caller may not use this account',
      },
    ],
  ])('%j', (changes, error) => {
    expect(errorFor(read(minimal, { ...minimal, ...changes }, {}))).toEqual(error);
  });

  test.each([null, 1, 'x', []])('an event of %p', (event) => {
    expect(errorFor(read(minimal, event))).toEqual(bad('eventList[1] must be an object'));
  });

  test.each([
    ['{}', missing('eventList is required')],
    ['{"eventList":null}', missing('eventList is required')],
    ['{"eventList":[ ]}', missing('eventList is required')],
    ['{"eventList":{}}', bad('eventList must be an array')],
    ['{"eventList":"x"}', bad('eventList must be an array')],
    ['[]', bad('the body is not a JSON object')],
    ['7', bad('the body is not a JSON object')],
    ['', bad('the body is not JSON')],
    ['{"eventList":[}', bad('the body is not JSON')],
  ])('a body of %s', (body, error) => expect(errorFor(readText(body))).toEqual(error));
});

describe('limits', () => {
  test('apply to the words of a name, and the fault names the event', () => {
    const named = (words: number) => ({
      ...minimal,
      source: Array(words - 1)
        .fill('s')
        .join('.'),
      type: 't',
    });
    expect(errorFor(read(minimal, named(256)))).toBe('accepted');
    expect(errorFor(read(minimal, named(257)))).toEqual(
      bad('eventList[1].source: the name of the event has more than 256 words'),
    );
  });

  test('allow 100 events in a list', () => {
    const list = Array.from({ length: 101 }, () => minimal);
    expect(eventsOf(read(...list.slice(1)))).toHaveLength(100);
    expect(errorFor(read(...list))).toEqual(bad('eventList holds more than 100 events'));
  });

  test('measure an event in bytes, as it was sent', () => {
    const eventBytes = Buffer.byteLength(JSON.stringify({ ...minimal, subject: '字' }));
    const limits = { eventsPerRequest: 2, eventBytes, nameWords: 256 };
    const measured = (event: object) => readText(JSON.stringify({ eventList: [minimal, event] }), { limits });
    expect(eventsOf(measured({ ...minimal, subject: '字' }))).toHaveLength(2);
    expect(errorFor(measured({ ...minimal, subject: '字x' }))).toEqual({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
      message: `eventList[1] is larger than ${eventBytes} bytes`,
    });
  });
});

test('every event gets the trace context of the request', () => {
  const body = JSON.stringify({ eventList: [minimal, minimal] });
  const traceContext = { traceparent: 'tp', tracestate: 'ts' };
  expect(eventsOf(readText(body, { traceContext })).map((event) => event.traceContext)).toEqual([
    traceContext,
    traceContext,
  ]);
});

test('never throws, for any JSON', () => {
  const anyName = fc.constantFrom('source', 'TYPE', 'eventBusId', 'data', 'time', 'level', '__proto__', 'constructor');
  const anyEvent = fc.oneof(fc.jsonValue(), fc.dictionary(anyName, fc.oneof(fc.jsonValue(), fc.string())));
  const anyBody = fc.oneof(fc.jsonValue(), fc.record({ eventList: fc.array(anyEvent) }));
  fc.assert(
    fc.property(anyBody, (body) => {
      const result = readText(JSON.stringify(body));
      if (result instanceof Fault)
        expect(errorFor(result)).toMatchObject({ message: expect.not.stringContaining('{') });
      else for (const event of result) expect(firstIn(answerTo([event]))).toMatchObject({ specversion: '1.0' });
    }),
  );
});
