import { describe, expect, test } from '@jest/globals';
import type { Dialect, EventMessage } from '@callbus/contracts/events/event';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import { callbackRequest } from '../src/callback-request.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';

function taskOf(
  attributes: Record<string, unknown>,
  dataText?: string,
  dialect: Dialect = 'cloudevents',
): EventMessage & { attempt: number } {
  const start = JSON.stringify(attributes).slice(0, -1);
  const dataAt = dataText === undefined ? 0 : Buffer.byteLength(`${start},"data":`);
  return {
    body: Buffer.from(dataText === undefined ? `${start}}` : `${start},"data":${dataText}}`),
    headers: {
      id: 'e-1',
      identity: 'Xy_-0',
      account: 'a',
      bus: '',
      name: 'n',
      type: 't',
      dialect,
      receivedAt: 1,
      dataAt,
    },
    attempt: 3,
  };
}

const attributes = { specversion: '1.0', id: 'e-1', source: '/源 "50%"', type: 't', accountid: 'a' };

const at = (nowMs: number, secrets: Buffer[] = []) => ({ nowMs, secrets });

describe('the body', () => {
  test('of an ETC event is its data, byte for byte, unless the subscription wants CloudEvents', () => {
    const data = '{ "changes":[12345678901234567890, 1.0],  "b":1,"1":"\\u00e9é😀" }';
    const task = taskOf(attributes, data, 'etc');
    expect(callbackRequest(task, subscriptionOf({}), at(0))).toMatchObject({
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(data),
    });
    expect(callbackRequest(task, subscriptionOf({ payloadFormat: 'cloudevents' }), at(0))).toMatchObject({
      headers: { 'content-type': 'application/cloudevents+json' },
      body: task.body,
    });
  });

  test('of any other event is the structured CloudEvent, unchanged', () => {
    const task = taskOf(attributes, '{"n":1e400}');
    const request = callbackRequest(task, subscriptionOf({ payloadFormat: 'source' }), at(0));
    expect(request.headers['content-type']).toBe('application/cloudevents+json');
    expect(request.body).toBe(task.body);
  });
});

describe('binary mode', () => {
  const binary = subscriptionOf({ payloadFormat: 'cloudevents-binary' });

  test('has the attributes as percent-encoded headers and the data unchanged', () => {
    const request = callbackRequest(
      taskOf({ ...attributes, datacontenttype: 'application/json; v=1' }, '{"a": 1.0}'),
      binary,
      at(0),
    );
    expect(request.headers).toMatchObject({
      'content-type': 'application/json; v=1',
      'ce-specversion': '1.0',
      'ce-id': 'e-1',
      'ce-source': '/%E6%BA%90%20%2250%25%22',
      'ce-accountid': 'a',
    });
    expect(request.headers).not.toHaveProperty('ce-datacontenttype');
    expect(request.body.toString()).toBe('{"a": 1.0}');
  });

  const encoded = (length: number) => ({ subject: 'é'.repeat(length / 6) });
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'x']));

  test.each<[string, Record<string, unknown>]>([
    ['a type that no header can carry', { datacontenttype: 'text/plain; x=日本' }],
    ['an invalid type', { datacontenttype: 'text' }],
    ['an empty type', { datacontenttype: '' }],
    ['an event whose data is a CloudEvent', { datacontenttype: 'Application/CloudEvents+json; charset=utf-8' }],
    ['a charset that we cannot write', { datacontenttype: 'text/plain; charset=gbk' }],
    ['text that its charset cannot encode', { datacontenttype: 'text/plain; charset=iso-8859-1' }],
    ['text that is not ASCII under us-ascii', { datacontenttype: 'text/plain; charset=us-ascii' }],
    ['more bytes of headers than receivers take', encoded(6 * 1024)],
    ['more headers than receivers take', many(64)],
    ['an attribute whose name is not a header name', { 'not a name': 'x' }],
  ])('is structured for %s', (_case, more) => {
    const task = taskOf({ ...attributes, ...more }, '"世"');
    const { headers, body } = callbackRequest(task, binary, at(0));
    expect(headers['content-type']).toBe('application/cloudevents+json');
    expect(Object.keys(headers).filter((name) => name.startsWith('ce-'))).toEqual([]);
    expect(body).toBe(task.body);
  });

  test.each([
    ['text/plain; charset=iso-8859-1', 'latin1'],
    ['application/json; charset="ISO-8859-1"', 'latin1'],
    ['text/plain; charset=utf-16le', 'utf16le'],
    ['text/plain; charset=UTF8', 'utf8'],
  ] as const)('encodes text of %s in its charset', (datacontenttype, encoding) => {
    const { body } = callbackRequest(taskOf({ ...attributes, datacontenttype }, '"hé"'), binary, at(0));
    const text = datacontenttype.includes('json') ? '"hé"' : 'hé';
    expect(body).toEqual(Buffer.from(text, encoding));
  });

  test('is used up to the bounds', () => {
    for (const more of [encoded(5 * 1024), many(50)]) {
      const { headers } = callbackRequest(taskOf({ ...attributes, ...more }, '"x"'), binary, at(0));
      expect(headers['ce-id']).toBe('e-1');
    }
  });

  test('replaces a lone surrogate', () => {
    const request = callbackRequest(taskOf({ ...attributes, subject: '\ud800' }), binary, at(0));
    expect(request.headers['ce-subject']).toBe('%EF%BF%BD');
  });

  test.each<[string, Record<string, unknown>, string | undefined, string | undefined, string]>([
    ['text as text', { datacontenttype: 'text/plain' }, '"hé\\n"', 'text/plain', 'hé\n'],
    ['bytes as bytes', { datacontenttype: 'image/png', data_base64: 'aGVq' }, undefined, 'image/png', 'hej'],
    ['bytes without a type without a content type', { data_base64: 'aGVq' }, undefined, undefined, 'hej'],
    ['an empty body without a content type for no data', {}, undefined, undefined, ''],
    [
      'an empty body with its type for no data',
      { datacontenttype: 'application/xml' },
      undefined,
      'application/xml',
      '',
    ],
    ['JSON without a type as JSON', {}, '"x"', 'application/json', '"x"'],
    ['text/json as JSON', { datacontenttype: 'text/json' }, '"x"', 'text/json', '"x"'],
    ['XML as text', { datacontenttype: 'application/xml' }, '"<a>\\n"', 'application/xml', '<a>\n'],
    ['text of any case', { datacontenttype: 'TEXT/Plain' }, '"x"', 'TEXT/Plain', 'x'],
    [
      'JSON under another type unchanged',
      { datacontenttype: 'application/yaml' },
      '{"a": 1}',
      'application/yaml',
      '{"a": 1}',
    ],
    [
      'white space around JSON',
      { datacontenttype: 'application/json' },
      '\n{"a":1} ',
      'application/json',
      '\n{"a":1} ',
    ],
  ])('has %s', (_case, more, data, type, body) => {
    const request = callbackRequest(taskOf({ ...attributes, ...more }, data), binary, at(0));
    expect([request.headers['content-type'], request.body.toString()]).toEqual([type, body]);
    expect(request.headers).not.toHaveProperty('ce-data_base64');
  });
});

describe('the headers', () => {
  test('contain event, subscription, attempt and time', () => {
    const { headers } = callbackRequest(taskOf(attributes), subscriptionOf({ id: 7 }), at(1_700_000_000_999));
    expect(headers).toMatchObject({
      'webhook-id': 'evt_Xy_-0_7',
      'webhook-timestamp': '1700000000',
      'x-callbus-attempt': '3',
      'x-callbus-hops': '1',
    });
    const led = taskOf(attributes);
    const after = { ...led, headers: { ...led.headers, hops: 4 } };
    expect(callbackRequest(after, subscriptionOf({}), at(0)).headers['x-callbus-hops']).toBe('5');
    expect(headers).not.toHaveProperty('traceparent');
  });

  test('contain the origin that the receiver has allowed', () => {
    const headersFor = (more: Partial<Subscription>) =>
      callbackRequest(taskOf(attributes), subscriptionOf(more), at(0)).headers;
    const webHook = { origin: 'callbus', maxPerMinute: 7 };
    expect(headersFor({ webHook })).toMatchObject({ 'webhook-request-origin': 'callbus' });
    expect(headersFor({})).not.toHaveProperty('webhook-request-origin');
  });

  test("contain the trace context and the subscription's headers, which never replace ours", () => {
    const task = taskOf(attributes);
    const trace = { traceparent: '00-a-b-01', tracestate: 'a=1', baggage: 'b=2' };
    const traced = { ...task, headers: { ...task.headers, ...trace } };
    const own = { 'x-team': 'red', 'x-callbus-attempt': '9', Traceparent: '00-c-d-01', BAGGAGE: 'c=3' };
    const subscription = subscriptionOf({ headers: own });
    const { headers } = callbackRequest(traced, subscription, at(0));
    expect(headers).toMatchObject({ ...trace, 'x-team': 'red', 'x-callbus-attempt': '3' });
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    expect(callbackRequest(task, subscription, at(0)).headers).toMatchObject({
      Traceparent: '00-c-d-01',
      BAGGAGE: 'c=3',
    });
  });
});
