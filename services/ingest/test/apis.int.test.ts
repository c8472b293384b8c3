import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { readEventHeaders } from '@callbus/contracts/events/event';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import type { ReceivedMessage } from '@callbus/broker/broker';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { collectEvents, etcSample, json, openDoors, type Doors } from './doors.js';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const busEvent = { source: 's', type: 't', eventBusId: 'b1' };
const cloudEvent = { specversion: '1.0', id: '1', source: '/s', type: 't' };
const structuredType = { 'content-type': 'application/cloudevents+json' };
const busPaths = ['/v1/event-bus/event/recv', '/v1/event-bus/recv'];
const fiveMiB = 5 * 1024 * 1024;

let doors: Doors;
let events: ReceivedMessage[];

beforeAll(async () => {
  doors = await openDoors();
  events = await collectEvents(doors.broker);
});
afterAll(() => doors.close());

const post = (path: string, body: unknown, headers: Record<string, string> = json) =>
  doors.http.post<unknown>(path, typeof body === 'object' && !Buffer.isBuffer(body) ? JSON.stringify(body) : body, {
    headers,
  });
const nextEvent = async () => {
  await waitFor(() => events.length > 0, { what: 'an event' });
  return events.shift()!;
};

describe('POST /api/publish', () => {
  test('answers with the event’s id', async () => {
    const answer = await post('/api/publish', etcSample);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.data).toEqual({ request_id: expect.stringMatching(uuid), code: '000', msg: '成功' });

    const { request_id } = answer.data as { request_id: string };
    const { headers, body } = await nextEvent();
    expect(readEventHeaders(headers)).toMatchObject({
      id: request_id,
      account: '0',
      bus: '',
      name: 'a.gs.cert.1',
      type: 'cert',
      dialect: 'etc',
    });
    expect(JSON.parse(body.toString())).toMatchObject({
      specversion: '1.0',
      id: request_id,
      accountid: '0',
      data: { ...etcSample, event_key: 'a.gs.cert.1', request_id },
    });
  });

  test('publishes the same event twice', async () => {
    const answers = await Promise.all([post('/api/publish', etcSample), post('/api/publish', etcSample)]);
    const ids = answers.map(({ data }) => (data as { request_id: string }).request_id);
    const received = [await nextEvent(), await nextEvent()].map(({ headers }) => headers['id']);
    expect(new Set(received)).toEqual(new Set(ids));
    expect(new Set(ids).size).toBe(2);
  });

  test.each([
    [{ ...etcSample, event_topic: '' }, 400, { code: '400', msg: '参数event_topic不能为空' }],
    [{ ...etcSample, changes: [] }, 400, { code: '400', msg: '参数changes不能为空' }],
    ['not JSON', 400, { code: '400', msg: '请求体不是合法的JSON' }],
    ['', 400, { code: '400', msg: '请求体不是合法的JSON' }],
    ['[]', 400, { code: '400', msg: '请求体不是JSON对象' }],
    [{ ...etcSample, changes: ['x'.repeat(262_144)] }, 413, { code: '413', msg: '事件过大，最多262144字节' }],
    [Buffer.alloc(fiveMiB + 1, ' '), 413, { code: '413', msg: '请求体过大，最多5242880字节' }],
  ])('refuses %#', async (body, status, error) => {
    const answer = await post('/api/publish', body);
    expect(answer.status).toBe(status);
    expect(answer.data).toEqual({ ...error, request_id: answer.headers['x-request-id'] as unknown });
  });

  test('accepts JSON with any content type', async () => {
    expect((await post('/api/publish', etcSample, { 'content-type': 'text/plain' })).data).toMatchObject({
      code: '000',
    });
    await nextEvent();
  });
});

describe.each(busPaths)('POST %s', (path) => {
  test('answers with the events as they were accepted', async () => {
    const data = '{"n": 9007199254740993}';
    const first = JSON.stringify({ ...busEvent, id: path, time: '2024-02-29T12:00:00+0800' }).replace(
      '}',
      `,"data":${data}}`,
    );
    const answer = await doors.http.post<string>(
      path,
      `{"eventlist":[${first},{"Source":"s","type":"u"}],"eventbusid":"b2"}`,
      {
        headers: json,
        responseType: 'text',
        transformResponse: (text: string) => text,
      },
    );
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.data).toContain(`"data":${data}}`);
    const now = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0800$/);
    const filled = { specversion: '1.0', datacontenttype: 'application/json', accountId: '0', recvTimestamp: now };
    expect(JSON.parse(answer.data)).toEqual({
      events: [
        { ...busEvent, ...filled, id: path, time: '2024-02-29T12:00:00+0800', data: JSON.parse(data) as unknown },
        { source: 's', type: 'u', ...filled, id: expect.stringMatching(uuid), time: now, eventBusId: 'b2' },
      ],
    });

    const [one, other] = [await nextEvent(), await nextEvent()];
    expect(readEventHeaders(one.headers)).toMatchObject({ id: path, bus: 'b1', name: 's.t', dialect: 'cloudevents' });
    expect(readEventHeaders(other.headers)).toMatchObject({ bus: 'b2', name: 's.u', dialect: 'cloudevents' });
    expect(one.body.subarray(Number(one.headers['dataAt']), -1).toString()).toBe(data);
  });

  test('publishes no event if one is invalid', async () => {
    const answer = await post(path, { eventList: [busEvent, { ...busEvent, source: '' }] });
    expect(answer.status).toBe(400);
    expect(answer.data).toEqual({
      requestId: answer.headers['x-request-id'] as unknown,
      code: 'INVALID_PARAMETER',
      message: 'eventList[1].source is required',
    });
    await post('/api/publish', { ...etcSample, event_key: 'marker' });
    expect((await nextEvent()).headers['name']).toBe('marker');
  });

  test.each([
    [{ eventList: [{ ...busEvent, time: 'now' }] }, 400, 'INVALID_PARAMETER_VALUE', 'eventList[0].time is not a time'],
    ['not JSON', 400, 'INVALID_PARAMETER_VALUE', 'the body is not JSON'],
    [
      { eventList: Array.from({ length: 101 }, () => busEvent) },
      400,
      'INVALID_PARAMETER_VALUE',
      'eventList holds more than 100 events',
    ],
    [
      { eventList: [{ ...busEvent, data: { x: 'x'.repeat(262_144) } }] },
      413,
      'PAYLOAD_TOO_LARGE',
      'eventList[0] is larger than 262144 bytes',
    ],
    [Buffer.alloc(fiveMiB + 1, ' '), 413, 'PAYLOAD_TOO_LARGE', 'the body is larger than 5242880 bytes'],
  ])('refuses %#', async (body, status, code, message) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect(answer.data).toEqual({ requestId: answer.headers['x-request-id'] as unknown, code, message });
  });

  test.each([
    ['escapes', '\\"\\\\'.repeat(30_000)],
    ['Chinese', '中\\u4e2d'.repeat(12_000)],
  ])('answers long lists with their data byte for byte: %s', async (_what, text) => {
    const data = `{ "a" : "${text}","n":12345678901234567890}`;
    const event = `{"source":"s","type":"long","eventBusId":"b1","data":${data}}`;
    const answer = await doors.http.post<string>(path, `{"eventList":[${event},${event}]}`, {
      headers: json,
      transformResponse: (body: string) => body,
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.data)).toMatchObject({ events: [{ type: 'long' }, { type: 'long' }] });
    expect(answer.data.split(`"data":${data}}`)).toHaveLength(3);
    for (const { headers, body } of [await nextEvent(), await nextEvent()])
      expect(body.subarray(Number(headers['dataAt']), -1).toString()).toBe(data);
  });

  test('answers a repeat with success, and publishes the event once', async () => {
    const repeated = { ...busEvent, id: `repeat at ${path}` };
    const inOneList = await post(path, { eventList: [repeated, { ...repeated, subject: 'again' }] });
    expect((inOneList.data as { events: unknown[] }).events).toHaveLength(2);
    expect((await post(path, { eventList: [repeated] })).status).toBe(200);
    await post(path, { eventList: [{ ...repeated, eventBusId: 'another bus' }] });
    expect((await nextEvent()).headers).toMatchObject({ id: repeated.id, bus: 'b1' });
    expect((await nextEvent()).headers).toMatchObject({ id: repeated.id, bus: 'another bus' });
  });
});

describe('POST /cloudevents', () => {
  test.each([
    ['structured', structuredType, JSON.stringify({ ...cloudEvent, id: 'structured', data: [1] })],
    [
      'batched',
      { 'content-type': 'application/cloudevents-batch+json' },
      JSON.stringify([{ ...cloudEvent, id: 'batched', data: [1] }]),
    ],
    ['binary', { ...json, 'ce-specversion': '1.0', 'ce-id': 'binary', 'ce-source': '/s', 'ce-type': 't' }, '[1]'],
  ])('accepts a %s event, and answers 202 without a body', async (id, headers, body) => {
    const answer = await post('/cloudevents', body, headers);
    expect(answer.status).toBe(202);
    expect(answer.data).toBe('');
    expect(answer.headers['content-length']).toBe('0');
    const event = await nextEvent();
    expect(readEventHeaders(event.headers)).toMatchObject({
      id,
      account: '0',
      bus: '',
      name: '/s.t',
      dialect: 'cloudevents',
    });
    expect(JSON.parse(event.body.toString())).toMatchObject({ ...cloudEvent, id, accountid: '0', data: [1] });
  });

  test('an empty batch is accepted', async () => {
    expect((await post('/cloudevents', '[]', { 'content-type': 'application/cloudevents-batch+json' })).status).toBe(
      202,
    );
  });

  test('a repeat is answered with success, and the event is published once', async () => {
    const repeated = { ...cloudEvent, id: 'repeated' };
    expect((await post('/cloudevents', repeated, structuredType)).status).toBe(202);
    expect((await post('/cloudevents', repeated, structuredType)).status).toBe(202);
    await post('/cloudevents', { ...repeated, source: 'another' }, structuredType);
    expect((await nextEvent()).headers['name']).toBe('/s.t');
    expect((await nextEvent()).headers['name']).toBe('another.t');
  });

  test.each([
    [structuredType, { ...cloudEvent, type: '' }, 400, 'INVALID_PARAMETER', 'type is required'],
    [json, cloudEvent, 415, 'UNSUPPORTED_MEDIA_TYPE', 'neither a structured nor a batched nor a binary CloudEvent'],
    [structuredType, Buffer.alloc(fiveMiB + 1, ' '), 413, 'PAYLOAD_TOO_LARGE', 'the body is larger than 5242880 bytes'],
  ])('refuses %#', async (headers, body, status, code, message) => {
    const answer = await post('/cloudevents', body, headers);
    expect(answer.status).toBe(status);
    expect(answer.data).toEqual({ requestId: answer.headers['x-request-id'] as unknown, code, message });
    const accepted = 'application/cloudevents+json, application/cloudevents-batch+json';
    expect([answer.headers['accept'], answer.headers['accept-encoding']]).toEqual([
      status === 415 ? accepted : undefined,
      undefined,
    ]);
  });
});

describe('a path of the original event bus', () => {
  test('answers with the request id in the header that the SDKs of the original read', async () => {
    const mine = { ...json, 'x-request-id': 'mine-2' };
    for (const path of busPaths) {
      const answers = [
        await post(path, { eventList: [busEvent] }, mine),
        await post(path, {}, mine),
        await post(path, 'x', { ...mine, 'content-encoding': 'zip' }),
        await doors.http.get<unknown>(path, { headers: mine }),
      ];
      await nextEvent();
      expect(answers.map(({ status }) => status)).toEqual([200, 400, 415, 405]);
      expect(answers.map(({ headers }) => headers['x-bce-request-id'] as unknown)).toEqual(Array(4).fill('mine-2'));
      expect(answers[2]?.headers['accept-encoding']).toContain('gzip');
      expect(answers[3]?.headers['allow']).toBe('POST');
    }
  });

  test.each(['/v1/event-bus/event/receive', '/v1/event-bus', '/v1/other?a=b', '/V1/x%zz'])(
    '%s is answered 404 in the format of the event bus',
    async (path) => {
      const answer = await post(path, {});
      expect(answer.status).toBe(404);
      const requestId = answer.headers['x-request-id'] as unknown;
      const message = expect.stringMatching(
        /^no such route(, the nearest is POST \/v1\/event-bus\/(event\/)?recv)?$/,
      ) as unknown;
      expect(answer.data).toEqual({ requestId, code: 'NOT_FOUND', message });
      expect(answer.headers['x-bce-request-id']).toBe(requestId);
    },
  );
});

describe('the account', () => {
  test('comes from HTTP_BK_SUPPLIER_ACCOUNT, otherwise from HTTP_BLUEKING_SUPPLIER_ID', async () => {
    for (const [headers, account] of [
      [{ HTTP_BK_SUPPLIER_ACCOUNT: 'tencent', HTTP_BLUEKING_SUPPLIER_ID: '0' }, 'tencent'],
      [{ HTTP_BLUEKING_SUPPLIER_ID: 'other' }, 'other'],
      [{ HTTP_BK_SUPPLIER_ACCOUNT: '', HTTP_BLUEKING_SUPPLIER_ID: 'other' }, 'other'],
      [{ HTTP_BK_SUPPLIER_ACCOUNT: Buffer.from('租户').toString('latin1') }, '租户'],
    ] as const) {
      expect((await post('/api/publish', etcSample, { ...json, ...headers })).status).toBe(200);
      expect((await nextEvent()).headers).toMatchObject({ account });
    }
  });

  test('has at most 256 bytes', async () => {
    const answer = await post(
      '/v1/event-bus/recv',
      { eventList: [busEvent] },
      { ...json, HTTP_BK_SUPPLIER_ACCOUNT: 'x'.repeat(257) },
    );
    expect([answer.status, answer.data]).toEqual([
      400,
      expect.objectContaining({ message: 'HTTP_BK_SUPPLIER_ACCOUNT is longer than 256 bytes' }),
    ]);
  });
});

describe('every path', () => {
  test.each(['/api/publish', ...busPaths, '/cloudevents'])('%s publishes only with POST', async (url) => {
    const takesOptions = url === '/cloudevents';
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', ...(takesOptions ? [] : ['OPTIONS'])]) {
      const answer = await doors.http.request<unknown>({ url, method });
      expect([answer.status, answer.headers['allow']]).toEqual([405, takesOptions ? 'POST, OPTIONS' : 'POST']);
      expect(answer.data).toMatchObject(
        url === '/api/publish'
          ? { code: '405', msg: '只支持POST请求' }
          : { code: 'METHOD_NOT_ALLOWED', message: 'only POST is allowed' },
      );
    }
  });

  test.each(['/api/publish', ...busPaths, '/cloudevents'])('%s answers with the id of the request', async (path) => {
    const answer = await post(path, 'x', { ...structuredType, 'x-request-id': 'mine-1' });
    expect(answer.headers['x-request-id']).toBe('mine-1');
    expect(Object.values(answer.data as object)).toContain('mine-1');
  });

  test('compressed bodies are inflated, up to the limit', async () => {
    const zipped = { ...json, 'content-encoding': 'gzip' };
    expect((await post('/api/publish', gzipSync(JSON.stringify(etcSample)), zipped)).data).toMatchObject({
      code: '000',
    });
    await nextEvent();
    expect((await post('/api/publish', gzipSync(Buffer.alloc(fiveMiB + 1, ' ')), zipped)).status).toBe(413);
    const torn = await post('/api/publish', 'not gzip', zipped);
    expect([torn.status, torn.data]).toEqual([400, expect.objectContaining({ msg: '请求体无法读取' })]);
    const unknown = await post('/cloudevents', 'x', { ...structuredType, 'content-encoding': 'zip' });
    expect([unknown.status, unknown.data]).toEqual([
      415,
      expect.objectContaining({ message: 'the Content-Encoding is not supported' }),
    ]);
    expect(unknown.headers['accept-encoding']).toBe('gzip, x-gzip, deflate, br, identity');
    const old = { ...json, 'content-encoding': 'X-Gzip' };
    expect((await post('/api/publish', gzipSync(JSON.stringify(etcSample)), old)).status).toBe(200);
    await nextEvent();
    expect((await post('/api/publish', etcSample, { ...json, 'content-encoding': '' })).status).toBe(200);
    await nextEvent();
  });

  test('a byte order mark is ignored, and other encodings than UTF-8 are refused', async () => {
    expect((await post('/api/publish', `\uFEFF${JSON.stringify(etcSample)}`)).data).toMatchObject({ code: '000' });
    await nextEvent();
    const latin1 = Buffer.from(JSON.stringify({ ...etcSample, event_source: 'ü' }), 'latin1');
    expect((await post('/api/publish', latin1)).data).toMatchObject({ code: '400', msg: '请求体不是合法的JSON' });
  });

  test('nesting beyond the limit is refused, however deep', async () => {
    const deep = '['.repeat(2_600_000) + ']'.repeat(2_600_000);
    expect((await post('/v1/event-bus/recv', `{"eventList":${deep}}`)).status).toBe(400);
    expect((await post('/api/publish', '['.repeat(fiveMiB))).status).toBe(413);
    expect((await post('/cloudevents', '['.repeat(fiveMiB), structuredType)).status).toBe(400);
  });

  test('a valid trace context and baggage are published with the event', async () => {
    const trace = { traceparent, tracestate: 'congo=t61rcWkgMzE, ot=th:8', baggage: 'user=%C3%A9;p=1' };
    await post('/api/publish', etcSample, { ...json, ...trace });
    expect((await nextEvent()).headers).toMatchObject(trace);
    await post('/api/publish', etcSample, { ...json, ...trace, traceparent: traceparent.toUpperCase() });
    const untraced = (await nextEvent()).headers;
    expect(untraced).toMatchObject({ baggage: trace.baggage });
    for (const name of ['traceparent', 'tracestate']) expect(untraced).not.toHaveProperty(name);
  });

  test.each([
    ['tracestate', 512],
    ['baggage', 4_096],
  ])('a %s of more than %i bytes is dropped', async (name, bytes) => {
    for (const length of [bytes, bytes + 1]) {
      await post('/api/publish', etcSample, { ...json, traceparent, [name]: `a=${'x'.repeat(length - 2)}` });
      expect(name in (await nextEvent()).headers).toBe(length === bytes);
    }
  });
});

describe('OPTIONS /cloudevents', () => {
  const requestGrant = (headers: Record<string, string> = {}) =>
    doors.http.request<unknown>({ method: 'OPTIONS', url: '/cloudevents', headers });

  test('grants every origin that asks', async () => {
    const answer = await requestGrant({
      'WebHook-Request-Origin': 'events.example.com',
      'WebHook-Request-Rate': '120',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      allow: 'POST, OPTIONS',
      'webhook-allowed-origin': 'events.example.com',
      'webhook-allowed-rate': expect.stringMatching(/^[1-9]\d*$/),
    });
  });

  test('grants nothing without an origin', async () => {
    const { status, headers } = await requestGrant();
    expect([status, headers['allow'], headers['webhook-allowed-origin']]).toEqual([200, 'POST, OPTIONS', undefined]);
  });
});

describe('an event in a chain of callbacks', () => {
  const toDoors = (hops: string): [door: string, publish: () => ReturnType<typeof post>][] => [
    ['/api/publish', () => post('/api/publish', etcSample, { ...json, 'x-callbus-hops': hops })],
    ...busPaths.map((path): [string, () => ReturnType<typeof post>] => [
      path,
      () => post(path, { eventList: [busEvent] }, { ...json, 'x-callbus-hops': hops }),
    ]),
    [
      '/cloudevents',
      () => post('/cloudevents', { ...cloudEvent, id: hops }, { ...structuredType, 'x-callbus-hops': hops }),
    ],
    [
      '/cloudevents, batched',
      () =>
        post('/cloudevents', [{ ...cloudEvent, id: `${hops}, batched` }], {
          'content-type': 'application/cloudevents-batch+json',
          'x-callbus-hops': hops,
        }),
    ],
  ];

  test.each(toDoors('8'))(
    'is accepted at %s after up to eight callbacks, whose number is published',
    async (_door, publish) => {
      expect((await publish()).status).toBeLessThan(300);
      expect((await nextEvent()).headers).toMatchObject({ hops: 8 });
    },
  );

  test.each(toDoors('9'))(
    'is refused at %s after more callbacks, and the answer contains their number',
    async (door, publish) => {
      const { status, headers, data } = await publish();
      expect([status, headers['x-callbus-hops']]).toEqual([508, '9']);
      expect(data).toMatchObject({ code: door === '/api/publish' ? '508' : 'LOOP_DETECTED' });
    },
  );

  test.each(['-1', '1.5', 'nine', '0x1', '3, 4', '9'.repeat(301)])('is refused with a header of %s', async (hops) => {
    for (const [, publish] of toDoors(hops)) {
      const { status, headers, data } = await publish();
      expect([status, headers['x-callbus-hops']]).toEqual([400, undefined]);
      expect(JSON.stringify(data)).toContain('X-Callbus-Hops');
    }
  });

  test('has no hops without the header', async () => {
    await post('/api/publish', etcSample);
    expect((await nextEvent()).headers).not.toHaveProperty('hops');
    await post('/api/publish', etcSample, { ...json, 'x-callbus-hops': '0' });
    expect((await nextEvent()).headers).not.toHaveProperty('hops');
  });
});

describe('the doors', () => {
  /** Express serves a path in any case, and with a query. */
  const spellings = (path: string) => [path, path.toUpperCase(), `${path}?a=b`];
  const bodies: Record<string, unknown> = { '/api/publish': etcSample, '/cloudevents': cloudEvent };
  for (const path of busPaths) bodies[path] = { eventList: [{ ...busEvent, id: 'same' }] };

  test.each<[what: string, status: number]>([
    ['accept', 200],
    ['refuse', 400],
  ])('%s with the same headers and the same log line as Express', async (_what, status) => {
    const lines: Record<string, unknown>[] = [];
    const log = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
    const routes: string[] = [];
    // Without deduplication, because an answer marks repeats.
    const own = await openDoors(
      { logger: pino({ level: 'debug' }, log), now: () => 0, newId: () => 'id', deduplicate: undefined },
      (ended) => routes.push(`${ended.method} ${ended.route} ${ended.status}`),
    );
    for (const [path, valid] of Object.entries(bodies)) {
      const body = status === 200 ? JSON.stringify(valid) : '{}';
      const answers = [];
      for (const spelling of spellings(path)) {
        const headers = { ...structuredType, 'x-request-id': 'mine' };
        const { status, headers: answered, data } = await own.http.post<unknown>(spelling, body, { headers });
        const compared = Object.entries(answered).filter(([name]) => name !== 'date');
        answers.push({ status, headers: Object.fromEntries(compared), data });
      }
      expect(answers[0]?.status).toBe(path === '/cloudevents' && status === 200 ? 202 : status);
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);

      await waitFor(() => lines.length === 3 && routes.length === 3, { what: 'three lines' });
      const [first, ...others] = lines
        .splice(0)
        .map((line) => ({ ...line, time: 'any', durationMs: 'any', path: String(line['path']).toLowerCase() }));
      expect(first).toMatchObject({ requestId: 'mine', method: 'POST', path, dialect: expect.any(String) });
      expect(others).toEqual([first, first]);
      const [route] = routes;
      expect(route).toBe(`POST ${path} ${answers[0]?.status}`);
      expect(new Set(routes.splice(0))).toEqual(new Set([route]));
    }
    await own.close();
  });
});

describe('callers', () => {
  let directory: string;
  let guarded: Doors;
  const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
  const withKey = (key: string) => ({ authorization: `Bearer ${key}` });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
    const keys = [
      { sha256: sha256('publisher'), account: 'acme', roles: ['publish'] },
      { sha256: sha256('operator'), account: 'acme', roles: ['manage', 'operate'] },
    ];
    const KEYS_FILE = join(directory, 'keys.json');
    await writeFile(KEYS_FILE, JSON.stringify(keys));
    guarded = await openDoors({ authenticate: await createAuthenticate({ AUTH: 'keys', KEYS_FILE }) });
  });
  afterAll(async () => {
    await guarded.close();
    await rm(directory, { recursive: true });
  });

  const postGuarded = (path: string, body: unknown, headers: Record<string, string>) =>
    guarded.http.post<unknown>(path, JSON.stringify(body), { headers: { ...structuredType, ...headers } });

  test('who are unknown get 401', async () => {
    for (const headers of [{}, withKey('wrong')]) {
      const etc = await postGuarded('/api/publish', etcSample, headers);
      expect([etc.status, etc.data]).toEqual([
        401,
        { code: '401', msg: '身份认证失败', request_id: etc.headers['x-request-id'] as unknown },
      ]);
      expect(etc.headers['www-authenticate']).toBe('Bearer');
      for (const path of [...busPaths, '/cloudevents']) {
        const answer = await postGuarded(path, cloudEvent, headers);
        expect([answer.status, answer.data]).toEqual([
          401,
          {
            code: 'AUTHENTICATION_ERROR',
            message: 'the caller is not known',
            requestId: answer.headers['x-request-id'] as unknown,
          },
        ]);
      }
    }
  });

  test('without the role publish get 403', async () => {
    const etc = await postGuarded('/api/publish', etcSample, withKey('operator'));
    expect([etc.status, etc.data]).toEqual([403, expect.objectContaining({ code: '403', msg: '没有发布事件的权限' })]);
    for (const path of [...busPaths, '/cloudevents']) {
      const answer = await postGuarded(path, cloudEvent, withKey('operator'));
      expect([answer.status, answer.data]).toEqual([
        403,
        expect.objectContaining({ code: 'AUTHORIZATION_ERROR', message: 'the caller may not publish' }),
      ]);
    }
  });

  test('get 403 for a foreign account, and their own account by default', async () => {
    const foreign = await postGuarded(
      '/v1/event-bus/recv',
      { eventList: [{ ...busEvent, accountId: 'rival' }] },
      withKey('publisher'),
    );
    expect([foreign.status, foreign.data]).toEqual([403, expect.objectContaining({ code: 'AUTHORIZATION_ERROR' })]);
    expect(
      (await postGuarded('/cloudevents', { ...cloudEvent, accountid: 'rival' }, withKey('publisher'))).status,
    ).toBe(403);
    const own = await postGuarded('/v1/event-bus/recv', { eventList: [busEvent] }, withKey('publisher'));
    expect(own.data).toMatchObject({ events: [{ accountId: 'acme' }] });
  });
});

describe('while the broker accepts no events', () => {
  let closed: Doors;
  let lenient: Doors;
  beforeAll(async () => {
    closed = await openDoors();
    await closed.broker.close();
    lenient = await openDoors({ etcErrorStatus: 200 });
    await lenient.broker.close();
  });
  afterAll(async () => {
    await closed.close();
    await lenient.close();
  });

  test('publishers get 503 with Retry-After', async () => {
    const etc = await closed.http.post<unknown>('/api/publish', JSON.stringify(etcSample));
    expect([etc.status, etc.headers['retry-after']]).toEqual([503, '5']);
    expect(etc.data).toEqual({
      request_id: etc.headers['x-request-id'] as unknown,
      code: '500',
      msg: '服务调用异常，请稍后再试或联系管理员',
    });
    const requests = [
      ...busPaths.map((path) => closed.http.post<unknown>(path, JSON.stringify({ eventList: [busEvent] }))),
      closed.http.post<unknown>('/cloudevents', JSON.stringify(cloudEvent), { headers: structuredType }),
    ];
    for (const answer of await Promise.all(requests)) {
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
      expect(answer.data).toEqual({
        requestId: answer.headers['x-request-id'] as unknown,
        code: 'SERVICE_UNAVAILABLE',
        message: 'no events can be accepted now, try later',
      });
    }
  });

  test('the service is not ready', async () => {
    expect((await closed.http.get('/readyz')).status).toBe(503);
    expect((await doors.http.get<unknown>('/readyz')).data).toEqual({ status: 'ready', checks: { broker: true } });
  });

  test('ETC_ERROR_STATUS=200 answers the errors of ETC, and no others, with 200', async () => {
    const unavailable = await lenient.http.post<unknown>('/api/publish', JSON.stringify(etcSample));
    expect([unavailable.status, unavailable.data]).toEqual([200, expect.objectContaining({ code: '500' })]);
    const missing = await lenient.http.post<unknown>('/api/publish', '{}');
    expect([missing.status, missing.data]).toEqual([
      200,
      expect.objectContaining({ code: '400', msg: '参数event_source不能为空' }),
    ]);
    expect((await lenient.http.get('/api/publish')).status).toBe(200);
    const loop = await lenient.http.post<unknown>('/api/publish', JSON.stringify(etcSample), {
      headers: { 'x-callbus-hops': '9' },
    });
    expect([loop.status, loop.data]).toEqual([508, expect.objectContaining({ code: '508' })]);
    expect((await lenient.http.post('/v1/event-bus/recv', '{}')).status).toBe(400);
  });
});

describe('unexpected errors', () => {
  const lines: string[] = [];
  const logger = pino(
    { level: 'warn' },
    new Writable({
      write: (line, _, done) => {
        lines.push(String(line));
        done();
      },
    }),
  );
  let broken: Doors;
  beforeAll(async () => {
    broken = await openDoors({
      logger,
      newId: () => {
        throw new Error('secret detail');
      },
    });
  });
  afterAll(() => broken.close());

  test('are answered 500 without details, and are logged once', async () => {
    const headers = { 'x-request-id': 'find-me' };
    const etc = await broken.http.post<unknown>('/api/publish', JSON.stringify(etcSample), { headers });
    expect([etc.status, etc.data]).toEqual([
      500,
      { request_id: 'find-me', code: '500', msg: '服务调用异常，请稍后再试或联系管理员' },
    ]);
    const bus = await broken.http.post<unknown>('/v1/event-bus/recv', JSON.stringify({ eventList: [busEvent] }));
    expect([bus.status, bus.data]).toEqual([
      500,
      {
        requestId: bus.headers['x-request-id'] as unknown,
        code: 'INTERNAL_ERROR',
        message: 'the event could not be accepted',
      },
    ]);
    expect(lines.filter((line) => line.includes('find-me'))).toHaveLength(1);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('secret detail');
  });

  test('do not include a publisher that disconnects during its body', async () => {
    lines.length = 0;
    const authenticate = await createAuthenticate({ AUTH: 'none' });
    const requests: IncomingMessage[] = [];
    const own = await openDoors({
      logger,
      authenticate: (request) => {
        requests.push(request as IncomingMessage);
        return authenticate(request);
      },
    });
    const socket = connect(Number(new URL(own.url).port), '127.0.0.1');
    socket.write('POST /api/publish HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"event_source":');
    await waitFor(() => requests.length > 0, { what: 'the request' });
    socket.destroy();
    await waitFor(() => requests[0]!.closed, { what: 'the end of the request' });
    await new Promise(setImmediate);
    await own.close();
    expect(lines).toEqual([]);
  });
});
