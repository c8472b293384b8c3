import { readFile } from 'node:fs/promises';
import type { Receiver } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { CloudEvent, emitterFor, HTTP, Mode, type TransportFunction } from 'cloudevents';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { openSystem, type System } from '../support/system.js';

const payloadFormats = ['source', 'cloudevents', 'cloudevents-binary'] as const;

const schema = await readFile(new URL('cloudevents-schema.json', import.meta.url), 'utf8');
const ajv = new Ajv({ allowUnionTypes: true });
formats.default(ajv);
const isValid = ajv.compile(JSON.parse(schema) as object);

let system: System;

beforeAll(async () => {
  system = await openSystem({
    env: { SECRETS_KEY: 'a key of more than thirty-two characters' },
    // Receivers of CloudEvents usually answer 204, which needs no confirm_pattern.
    answer: ({ path }) => ({ status: path.startsWith('/cloudevents') ? 204 : 200 }),
  });
  const { client, receiver } = system;
  for (const format of payloadFormats) {
    const callback_url = `${receiver.url}/${format}`;
    await client.subscribe({ subscription_name: format, callback_url, subscription_form: '#', payload_format: format });
  }
}, 60_000);
afterAll(() => system.close());

type Received = Receiver['requests'][number];

/** Reads a callback with the SDK, as a receiver does. */
function read({ headers, body }: Received): CloudEvent<unknown> {
  const isBytes = headers['content-type'] === 'application/octet-stream';
  const event = HTTP.toEvent<unknown>({ headers, body: isBytes ? body : body.toString() });
  if (!(event instanceof CloudEvent)) throw new Error('a batch');
  return event;
}

/** @returns the callbacks by the format of their subscription */
async function callbacksAfter(publish: () => Promise<unknown>, wanted: readonly string[] = payloadFormats) {
  const before = system.receiver.requests.length;
  await publish();
  const calls = () => system.receiver.requests.slice(before).filter(({ path }) => wanted.includes(path.slice(1)));
  await waitFor(() => calls().length >= wanted.length, { what: 'the callbacks' });
  return new Map(calls().map((call) => [call.path.slice(1), call]));
}

function expectValid(event: CloudEvent<unknown>): void {
  isValid(JSON.parse(JSON.stringify(event)));
  expect(isValid.errors ?? []).toEqual([]);
  expect(event.validate()).toBe(true);
}

const batchType = { 'content-type': 'application/cloudevents-batch+json' };
/** The transport of the SDK fails for an event without a body. */
const post: TransportFunction = ({ headers, body }) =>
  system.client.publishRaw('/cloudevents', body as Buffer<ArrayBuffer>, headers as Record<string, string>);
const publishers = {
  binary: emitterFor(post, { mode: Mode.BINARY }),
  structured: emitterFor(post, { mode: Mode.STRUCTURED }),
  batch: (event: CloudEvent<unknown>) => system.client.publishRaw('/cloudevents', JSON.stringify([event]), batchType),
};

describe('the cloudevents SDK reads what it publishes', () => {
  const events = {
    'an object': { data: { a: [1, 'ü', null] } },
    text: { datacontenttype: 'text/plain', data: 'hé "😀"\n' },
    XML: { datacontenttype: 'application/xml', data: '<much wow="xml"/>' },
    bytes: { datacontenttype: 'application/octet-stream', data: new Uint8Array([0, 1, 254, 255]) },
    'no data': {},
  };
  const modes = Object.keys(publishers) as (keyof typeof publishers)[];
  const cases = modes.flatMap((mode) => Object.entries(events).map(([what, more]) => ({ mode, what, more })));

  test.each(cases)('$mode, with $what', async ({ mode, what, more }) => {
    const sent = new CloudEvent<unknown>({
      id: `${mode} ${what}`.replaceAll(' ', '-'),
      source: 'https://example.com/sdk?a=b#c',
      type: 'com.example.made',
      time: '2024-02-29T04:00:00.000Z',
      subject: 'x',
      dataschema: 'https://example.com/schema',
      note: 'extension',
      ...more,
    });
    const expected = JSON.parse(JSON.stringify(sent)) as Record<string, unknown>;
    // The SDK adds JSON as the content type of an event without one.
    delete expected['datacontenttype'];
    for (const call of (await callbacksAfter(() => publishers[mode](sent))).values()) {
      const event = read(call);
      expectValid(event);
      expect(JSON.parse(JSON.stringify(event))).toMatchObject({ ...expected, accountid: '0' });
    }
  });
});

test('these receivers confirm every callback', async () => {
  const confirmed = async () =>
    [...(await system.client.statistics()).values()].every((figures) => figures!.total > 0 && figures!.failure === 0);
  await waitFor(confirmed, { what: 'every attempt to be confirmed' });
});

describe('the SDK reads events of other publishers as CloudEvents', () => {
  const source = '证书 系统/50%[1]';

  test.each([
    [
      'ETC',
      () => system.client.publishEtc({ event_source: source, event_type: 'gs' }),
      ['cloudevents', 'cloudevents-binary'],
    ],
    ['the event bus', () => system.client.publishList([{ source, type: 'gs', data: { a: 1 } }]), payloadFormats],
    [
      'an SDK that does not escape the URI in its header',
      () =>
        system.client.publishRaw('/cloudevents', '{"a":1}', {
          'content-type': 'application/json',
          'ce-specversion': '1.0',
          'ce-id': 'unescaped',
          'ce-type': 'gs',
          'ce-source': 'https://example.com/a%20b/%E4%B8%AD',
          'ce-dataschema': 'https://example.com/a%20b',
        }),
      payloadFormats,
    ],
  ])('%s', async (_who, publish, wanted) => {
    for (const call of (await callbacksAfter(publish, wanted)).values()) {
      const event = read(call);
      expectValid(event);
      expect(event.type).toBe('gs');
    }
  });
});

describe('signatures', () => {
  const secretOf = async (format: string) => {
    const { data } = await system.client.http.post<{ data: { secret: string } }>(
      `${system.client.api}/event/subscribe/0/2`,
      {
        subscription_name: `signed ${format}`,
        callback_url: `${system.receiver.url}/signed`,
        confirm_mode: 'httpstatus',
        subscription_form: `signed.${format}`,
        payload_format: format,
        secret: 'generate',
      },
    );
    return data.data.secret;
  };

  test.each(payloadFormats)('are accepted by standardwebhooks and svix, %s', async (format) => {
    const secret = await secretOf(format);
    const publish = () => system.client.publishEtc({ event_key: `signed.${format}`, changes: ['ü'] });
    const { headers, body } = (await callbacksAfter(publish, ['signed'])).get('signed')!;
    for (const webhook of [new StandardWebhook(secret), new SvixWebhook(secret)]) {
      const verified = webhook.verify(body.toString(), headers as Record<string, string>);
      expect(verified).toEqual(JSON.parse(body.toString()));
      const tampered = body.toString().replace('ü', 'u');
      expect(() => webhook.verify(tampered, headers as Record<string, string>)).toThrow('No matching signature');
    }
  });
});
