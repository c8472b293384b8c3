import type { Receiver, ScriptedAnswer } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { faultsOfCallback } from '../support/check-callback.js';
import { callbacks, callbacksOfCreate, description } from '../support/described-api.js';
import { asyncDescription, faultsOfMessage } from '../support/described-messages.js';
import { openSystem, type System } from '../support/system.js';

const formats = ['source', 'cloudevents', 'cloudevents-binary'] as const;
const structured = 'application/cloudevents+json';

let system: System;
/** The next answers to callbacks, by the path of the subscription. Later ones are 200. */
const answers = new Map<string, ScriptedAnswer[]>();

beforeAll(async () => {
  system = await openSystem({
    env: { SECRETS_KEY: 'what seals the secrets of this test', RETRY_SCHEDULE: '1s' },
    answer: ({ method, path }) =>
      // The handshake may be answered with any status.
      method === 'OPTIONS'
        ? { status: 404, headers: { 'WebHook-Allowed-Origin': '*' } }
        : (answers.get(path)?.shift() ?? {}),
  });
}, 60_000);
afterAll(() => system.close());

const subscribe = (name: string, more: Readonly<Record<string, unknown>>) =>
  system.client.subscribe({ subscription_name: name, callback_url: `${system.receiver.url}/${name}`, ...more });
/** Leaves out the header of the subscription itself. */
function withoutOwn({ headers, ...request }: Receiver['requests'][number]) {
  return { ...request, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'x-own')) };
}
const requestsOf = (name: string) => system.receiver.requests.filter(({ path }) => path === `/${name}`);
const posts = () => system.receiver.requests.filter(({ method }) => method === 'POST').map(withoutOwn);
const webhook = (name: string) => callbacks.find(({ template }) => template === name)!;

const trace = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=value',
  baggage: 'user=1',
};

/** Publishes ten events through the three doors: with each kind of data, with extensions, and with what does not fit into headers. */
async function publishThroughAllDoors(): Promise<void> {
  const { client } = system;
  const event = (id: string, more: object = {}) => ({
    specversion: '1.0',
    id,
    source: 's',
    type: 'described',
    ...more,
  });
  const data = { name: 'Jürgen' };
  expect(await client.publishEtc({ event_key: 'described', changes: [1, { deep: [null] }] })).toBeDefined();
  const listed = [event('listed', { data, subject: 'dog park.png', level: 3 }), event('listed without data')];
  expect((await client.publishList(listed)).status).toBe(200);
  const cloudEvents = [
    event('extensions', { data, time: '2026-11-26T10:20:00Z', dataschema: 'urn:x', tenant: 'a b', urgent: true }),
    event('text', { data: 'some text', datacontenttype: 'text/plain' }),
    event('bytes', { data_base64: 'AAH+/w==' }),
    event('bus', { data, eventbusid: 'bus' }),
    event('nothing'),
    event('too large for headers', { data, subject: '世'.repeat(1_000) }),
  ];
  const batch = { 'content-type': 'application/cloudevents-batch+json' };
  expect((await client.publishRaw('/cloudevents', JSON.stringify(cloudEvents), batch)).status).toBe(202);
  const binary = {
    'content-type': 'application/xml',
    'ce-specversion': '1.0',
    'ce-id': 'binary',
    'ce-source': '/s',
    'ce-type': 'described',
    'x-callbus-hops': '2',
    ...trace,
  };
  expect((await client.publishRaw('/cloudevents', '<a/>', binary)).status).toBe(202);
}

test('a receiver gets the requests that docs/openapi.json and docs/asyncapi.json describe', async () => {
  for (const format of formats)
    await subscribe(format, {
      subscription_form: 'described',
      payload_format: format,
      verification: 'cloudevents',
      secret: 'generate',
      headers: { 'x-own': 'value' },
    });
  await waitFor(() => system.receiver.requests.length === formats.length, { what: 'the handshakes' });
  for (const handshake of system.receiver.requests.map(withoutOwn))
    expect(faultsOfCallback(webhook('verification'), handshake)).toEqual([]);
  await publishThroughAllDoors();
  await waitFor(() => posts().length === 10 * formats.length, { what: 'the callbacks', timeoutMs: 30_000 });

  const seen = new Set<string>();
  for (const callback of posts()) {
    const { headers, body } = callback;
    const format = callback.path.slice(1);
    expect(faultsOfCallback(webhook(format), callback)).toEqual([]);

    const contentType = String(headers['content-type']);
    const inHeaders = format === 'cloudevents-binary' ? 'binary' : 'notification';
    const name = contentType === structured ? 'structured' : inHeaders;
    const payload = name === 'binary' ? body.toString() : (JSON.parse(body.toString()) as unknown);
    expect(faultsOfMessage(name, { contentType, headers, payload })).toEqual([]);
    expect(faultsOfCallback(callbacksOfCreate[0]!, callback)).toEqual([]);
    seen.add(`${format} ${name}`);
  }
  expect([...seen].sort()).toEqual([
    'cloudevents structured',
    'cloudevents-binary binary',
    'cloudevents-binary structured',
    'source notification',
    'source structured',
  ]);
  expect(posts().filter(({ headers }) => headers['traceparent'] === trace.traceparent)).toHaveLength(formats.length);

  // The description is not so wide that anything fits.
  const notification = requestsOf('source').find(({ headers }) => headers['content-type'] === 'application/json')!;
  expect(faultsOfCallback(webhook('source'), notification)).toEqual(['the header x-own is not described']);
  expect(faultsOfCallback(webhook('cloudevents'), notification)).toContain(
    'the media type application/json is not described',
  );
  expect(faultsOfCallback(webhook('verification'), notification)).toContain('POST in place of OPTIONS');
}, 60_000);

test('both documents describe the same bodies', () => {
  const shared = (schemas: object) =>
    Object.entries(schemas).filter(([name]) => /^(EtcCallback|DeliveredEvent)$/.test(name));
  const ours = shared(description.components['schemas'] ?? {});
  expect(ours).toHaveLength(2);
  expect(shared(asyncDescription.components.schemas)).toEqual(expect.arrayContaining(ours));
});

describe('an answer does what is described', () => {
  test('each callback describes the same answers', () => {
    const statuses = [...formats.map(webhook), ...callbacksOfCreate].map((each) => Object.keys(each.answers));
    for (const each of statuses) expect(each).toEqual(['200', '410', '429', '503', 'default']);
  });

  interface State {
    readonly data: { readonly subscriptions: readonly { readonly state: string }[] } | null;
  }
  async function stateOf(event: string | undefined): Promise<string | undefined> {
    const { data } = await system.client.http.get<State>(`${system.client.api}/event/trace/0/${event}`);
    return data.data?.subscriptions[0]?.state;
  }
  async function isEnabled(id: number): Promise<boolean> {
    const url = `${system.client.api}/event/subscribe/0/2/${id}`;
    return (await system.client.http.get<{ data: { enabled: boolean } }>(url)).data.data.enabled;
  }

  test.each<[string, ScriptedAnswer[], Record<string, unknown>, string, number]>([
    ['200', [{ status: 200 }], {}, 'delivered', 0],
    ['299-with-2xx', [{ status: 299 }], { confirm_pattern: '2xx' }, 'delivered', 0],
    ['410', [{ status: 410 }], {}, 'held', 0],
    ['429', [{ status: 429, headers: { 'Retry-After': '3' } }, { status: 200 }], {}, 'delivered', 3_000],
    ['503', [{ status: 503, headers: { 'Retry-After': '3' } }, { status: 200 }], {}, 'delivered', 3_000],
    ['another', [{ status: 500 }, { status: 200 }], {}, 'delivered', 900],
    ['another-each-time', [{ status: 302 }, { status: 201 }], { max_attempts: 2 }, 'undelivered', 900],
  ])('%s', async (name, given, more, state, pauseMs) => {
    answers.set(`/${name}`, [...given]);
    const id = await subscribe(name, { subscription_form: name, ...more });
    const event = await system.client.publishEtc({ event_key: name });
    await waitFor(async () => (await stateOf(event)) === state, { what: state, timeoutMs: 20_000 });
    const requests = requestsOf(name);
    expect(requests.map(({ headers }) => headers['x-callbus-attempt'])).toEqual(['1', '2'].slice(0, given.length));
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(requests.at(-1)!.at - requests[0]!.at).toBeGreaterThanOrEqual(pauseMs);
    // Only a 410 disables the subscription, so that its event is held.
    expect(await isEnabled(id)).toBe(state !== 'held');
  });
});
