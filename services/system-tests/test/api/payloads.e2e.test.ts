import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Receiver } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { openSystem, type System } from '../support/system.js';

const formats = ['source', 'cloudevents', 'cloudevents-binary'] as const;
const json = { 'content-type': 'application/json' };
const busPath = '/v1/event-bus/event/recv';
const eventMaxBytes = 262_144;

let system: System;
/** The subscriptions of the current test, beside the three that match every event. */
let subscribed: number[] = [];

beforeAll(async () => {
  system = await openSystem();
  for (const format of formats) await subscribe(format, { subscription_form: '#', payload_format: format });
}, 60_000);
afterAll(() => system.close());

const subscribe = (name: string, more: Record<string, unknown>) =>
  system.client.subscribe({ subscription_name: name, callback_url: `${system.receiver.url}/${name}`, ...more });

interface Sent {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Buffer<ArrayBuffer>;
}

type Received = Receiver['requests'][number];

/** @returns the answer to the publisher, and the callbacks by the path of their subscription */
async function callbacksOf({ path, headers, body }: Sent, paths: readonly string[] = formats) {
  const before = system.receiver.requests.length;
  const answer = await system.client.publishRaw(path, body, headers);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`answered ${answer.status} ${text}`);
  await waitFor(() => system.receiver.requests.length >= before + paths.length, { what: `${paths.length} callbacks` });
  const calls = new Map(system.receiver.requests.slice(before).map((request) => [request.path.slice(1), request]));
  expect([...calls.keys()].sort()).toEqual([...paths].sort());
  return { answer: text, of: (name: string) => calls.get(name)! };
}

type Attributes = Readonly<Record<string, unknown>>;

/** @param member the member that follows the attributes at the end of the body */
function expectStructured({ headers, body }: Received, attributes: Attributes, member: string) {
  expect(headers['content-type']).toBe('application/cloudevents+json');
  const others = without(JSON.parse(body.toString()) as Attributes, 'data', 'data_base64');
  expect(others).toEqual(attributes);
  expect(body.toString()).toBe(`${JSON.stringify(others).slice(0, -1)}${member}}`);
}

function expectBinary(
  { headers, body }: Received,
  attributes: Attributes,
  contentType: string | undefined,
  bytes: Buffer,
) {
  expect(headers['content-type']).toBe(contentType);
  expect(body.equals(bytes)).toBe(true);
  const sent = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => [name.slice('ce-'.length), decodeURIComponent(String(value))]);
  expect(Object.fromEntries(sent)).toEqual(inHeaders(attributes));
}

/** In headers all values are text, and Content-Type replaces `datacontenttype`. */
function inHeaders(attributes: Attributes): Attributes {
  const texts = Object.entries(without(attributes, 'datacontenttype')).map(([name, value]) => [
    name,
    typeof value === 'number' || typeof value === 'boolean' ? String(value) : value,
  ]);
  return Object.fromEntries(texts) as Attributes;
}

function without(attributes: Attributes, ...names: string[]): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
}

const utcTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;

test('an ETC event is delivered as its own body with request_id, or as the data of a CloudEvent', async () => {
  const changes = '[ 12345678901234567890, 1.0,\t{"b":1,"1":"\\u00e9é😀", "1":null},\r\n -0 ]';
  const body = `{ "changes" :${changes}, "event_source":"/源","event_topic":"gs: 1", "event_type":"证书😀","event_status":1.0, "more":1}`;
  const { answer, of } = await callbacksOf({ path: '/api/publish', headers: json, body });
  const { request_id: id } = JSON.parse(answer) as { request_id: string };
  const data =
    '{"event_source":"/源","event_topic":"gs: 1","event_type":"证书😀","event_status":"1.0",' +
    `"event_key":"/源.gs: 1.证书😀.1.0","changes":${changes},"request_id":"${id}"}`;
  const attributes = {
    specversion: '1.0',
    id,
    source: '/%E6%BA%90',
    type: '证书😀',
    time: utcTime,
    datacontenttype: 'application/json',
    accountid: '0',
  };
  expect(of('source').headers['content-type']).toBe('application/json');
  expect(of('source').body.toString()).toBe(data);
  expectStructured(of('cloudevents'), attributes, `,"data":${data}`);
  expectBinary(of('cloudevents-binary'), attributes, 'application/json', Buffer.from(data));
});

describe('an event of the event bus', () => {
  const object = '{ "n":9007199254740993 ,"e":1E400,\t"text":"\\u4e16界\\n😀", "b":1.0,"1":[ ] }';

  test.each([
    ['an object', `,"data": ${object}`, object],
    ['a string that holds an object', `,"data":${JSON.stringify(` ${object}\n`)}`, object],
    ['nothing', '', undefined],
  ])('with data that is %s', async (what, member, data) => {
    const event = { id: what, source: 'urn:源/a b', type: 'oss:Put/名😀', level: '100 %', region: 'gz' };
    const body = `{"eventBusId":"the bus","eventList":[${JSON.stringify(event).slice(0, -1)}${member}}]}`;
    const { of } = await callbacksOf({ path: busPath, headers: json, body });
    const attributes = {
      ...event,
      source: 'urn:%E6%BA%90/a%20b',
      specversion: '1.0',
      time: utcTime,
      recvtimestamp: utcTime,
      datacontenttype: 'application/json',
      accountid: '0',
      eventbusid: 'the bus',
    };
    for (const format of ['source', 'cloudevents'])
      expectStructured(of(format), attributes, data === undefined ? '' : `,"data":${data}`);
    expectBinary(of('cloudevents-binary'), attributes, 'application/json', Buffer.from(data ?? ''));
  });
});

describe('a CloudEvent', () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]);
  const jsonText = '[ 9007199254740993,\t1.0, {"1":"\\u00e9", "b":"😀"} ]';
  const text = 'hé "😀"\n\t世界';

  interface Case {
    readonly what: string;
    /** The attributes beside specversion, id, source and type. */
    readonly attributes: Record<string, unknown>;
    readonly member: string;
    readonly contentType: string | undefined;
    readonly bytes: string | Buffer;
  }
  const cases: Case[] = [
    { what: 'JSON', attributes: {}, member: `,"data":${jsonText}`, contentType: 'application/json', bytes: jsonText },
    {
      what: 'JSON of another type',
      attributes: { datacontenttype: 'application/problem+json; v="1"', time: '2024-02-29T12:05:06.123456789+08:00' },
      member: `,"data":${jsonText}`,
      contentType: 'application/problem+json; v="1"',
      bytes: jsonText,
    },
    {
      what: 'text',
      attributes: { datacontenttype: 'text/plain; charset=utf-8' },
      member: `,"data":${JSON.stringify(text)}`,
      contentType: 'text/plain; charset=utf-8',
      bytes: text,
    },
    {
      what: 'bytes',
      attributes: { datacontenttype: 'image/png' },
      member: `,"data_base64":"${png.toString('base64')}"`,
      contentType: 'image/png',
      bytes: png,
    },
    { what: 'nothing', attributes: { eventbusid: 'bus' }, member: '', contentType: undefined, bytes: '' },
    {
      what: 'XML',
      attributes: { datacontenttype: 'application/xml' },
      member: ',"data":"<much wow=\\"xml\\"/>"',
      contentType: 'application/xml',
      bytes: '<much wow="xml"/>',
    },
    {
      what: 'bytes without a type',
      attributes: {},
      member: `,"data_base64":"${png.toString('base64')}"`,
      contentType: undefined,
      bytes: png,
    },
  ];

  /** In binary mode white space around the data belongs to the data. In the other modes it belongs to the event. */
  const binaryCases: Case[] = [
    ...cases,
    {
      what: 'JSON in white space',
      attributes: { datacontenttype: 'text/json' },
      member: ',"data":\n "x" ',
      contentType: 'text/json',
      bytes: '\n "x" ',
    },
    {
      what: 'JSON behind a byte order mark',
      attributes: { datacontenttype: 'application/json' },
      member: `,"data_base64":"${Buffer.from('\uFEFF{}').toString('base64')}"`,
      contentType: 'application/json',
      bytes: '\uFEFF{}',
    },
  ];

  async function expectCallbacks(sent: Sent, attributes: Attributes, { member, contentType, bytes }: Case) {
    const { of } = await callbacksOf(sent);
    const filled = { ...attributes, accountid: '0' };
    for (const format of ['source', 'cloudevents']) expectStructured(of(format), filled, member);
    expectBinary(of('cloudevents-binary'), filled, contentType, Buffer.from(bytes));
  }
  const attributesOf = (id: string, more: object) => ({
    specversion: '1.0',
    id,
    source: '/%E6%BA%90%2050%25',
    type: 'ü',
    ...more,
  });

  test.each(cases)('sent structured, with data that is $what', async (one) => {
    const attributes = attributesOf(`structured ${one.what}`, {
      urgent: true,
      level: -3,
      note: 'é😀',
      ...one.attributes,
    });
    const body = `${JSON.stringify(attributes).slice(0, -1)}${one.member}}`;
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    await expectCallbacks({ path: '/cloudevents', headers, body }, attributes, one);
  });

  test.each(cases)('sent in a batch, with data that is $what', async (one) => {
    const attributes = attributesOf(`batched ${one.what}`, one.attributes);
    const body = `[ ${JSON.stringify(attributes).slice(0, -1)}${one.member}} ]`;
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    await expectCallbacks({ path: '/cloudevents', headers, body }, attributes, one);
  });

  test.each(binaryCases)('sent binary, with data that is $what', async (one) => {
    const more = { level: '-3', datacontenttype: one.contentType, ...one.attributes };
    const attributes = attributesOf(`binary ${one.what}`, more);
    const ce = Object.entries(without(attributes, 'datacontenttype')).map(([name, value]) => [
      `ce-${name}`,
      encodeURIComponent(String(value)),
    ]);
    const headers = {
      ...(Object.fromEntries(ce) as Record<string, string>),
      ...(one.contentType !== undefined && { 'content-type': one.contentType }),
    };
    await expectCallbacks({ path: '/cloudevents', headers, body: Buffer.from(one.bytes) }, attributes, one);
  });
});

describe('byte for byte the callback has', () => {
  beforeEach(async () => {
    for (const id of subscribed.splice(0)) await system.client.unsubscribe(id);
  });

  /** A text of this size that has characters of every length in UTF-8. */
  const textOf = (bytes: number) =>
    'aé世😀'.repeat(Math.floor(bytes / 10)).padEnd(Math.floor(bytes / 10) * 5 + (bytes % 10), 'x');

  test('an event of 256 KiB, through every door', async () => {
    const frame = '{"event_source":"s","event_topic":"t","event_type":"y","event_status":"1","changes":[""]}';
    const changes = textOf(eventMaxBytes - frame.length);
    const etc = await callbacksOf({ path: '/api/publish', headers: json, body: frame.replace('""', `"${changes}"`) });
    expect(etc.of('source').body.toString()).toContain(`"changes":["${changes}"],`);

    const event = '{"source":"s","type":"y","eventBusId":"b","data":{"x":""}}';
    const data = `{"x":"${textOf(eventMaxBytes - event.length)}"}`;
    const list = await callbacksOf({
      path: busPath,
      headers: json,
      body: `{"eventList":[${event.replace('{"x":""}', data)}]}`,
    });
    expect(list.of('cloudevents-binary').body.toString()).toBe(data);
    expect(list.of('source').body.toString().endsWith(`,"data":${data}}`)).toBe(true);

    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'large',
      'ce-source': 's',
      'ce-type': 'y',
      'content-type': 'image/png',
    };
    const bytes = Buffer.from(Array.from({ length: 250_000 }, (_, index) => (index * 7) % 256));
    const binary = await callbacksOf({ path: '/cloudevents', headers, body: bytes });
    expect(binary.of('cloudevents-binary').body.equals(bytes)).toBe(true);
  });

  const words = Array.from({ length: 200 }, (_, index) => (index === 100 ? '世' : `w${index}`));
  test.each([
    ['of dots', 'a..b.', 'a..*.'],
    ['of colons and slashes', 'urn:x:/y//z.http://h:1/p?q=1&r', 'urn:x:/y//z.#'],
    ['in Chinese and emoji', '证书.更新😀.é', '证书.*.é'],
    ['of 200 words', words.join('.'), `w0.#.世.*.${words.slice(102, 128).join('.')}.#`],
  ])('a name %s, which an exact name and a pattern match', async (what, event_key, pattern) => {
    subscribed = [
      await subscribe('exact', { subscription_form: event_key }),
      await subscribe('pattern', { subscription_form: pattern }),
    ];
    const event = {
      event_source: 's',
      event_topic: what,
      event_type: 'y',
      event_status: '1',
      event_key,
      changes: [''],
    };
    const sent = { path: '/api/publish', headers: json, body: JSON.stringify(event) };
    const { of } = await callbacksOf(sent, [...formats, 'exact', 'pattern']);
    for (const name of ['exact', 'pattern', 'source'])
      expect(JSON.parse(of(name).body.toString())).toMatchObject({ event_key, event_topic: what });
  });
});
