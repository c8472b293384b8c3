import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import asyncApi from '@asyncapi/specs';
import { endWithThisProcess } from '@callbus/testing/processes/end-with-this-process';
import { declareTap, tapExchange } from '@callbus/testing/rabbitmq/tap-exchange';
import { consumersOf, deleteQueue } from '@callbus/testing/rabbitmq/rabbitmq-objects';
import { waitFor } from '@callbus/testing/wait-for';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSystem, type System } from '../support/system.js';

const documents = new URL('../../../../docs/', import.meta.url);
const read = (name: string) => readFile(new URL(name, documents), 'utf8');

interface Message {
  readonly contentType: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

let system: System;
let description: { components: { messages: Record<string, { contentType?: string }>; schemas: object } };
let ajv: Ajv;

beforeAll(async () => {
  description = JSON.parse(await read('asyncapi.json')) as typeof description;
  ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ ...description, $id: 'description' });
  system = await openSystem({ env: { SECRETS_KEY: 'what seals the secrets of this test' } });
}, 60_000);
afterAll(() => system.close());

function faultsOf(place: string, value: unknown): string {
  const validate = ajv.compile({ $ref: `description#/components/${place}` });
  return validate(value) ? '' : `${place}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`;
}

/** @returns what the message has that is not as described; empty for nothing */
function faultsOfMessage(name: string, { contentType, headers, payload }: Message): string[] {
  const described = description.components.messages[name]?.contentType ?? contentType;
  return [
    contentType === described ? '' : `${contentType} in place of ${described}`,
    faultsOf(`messages/${name}/headers`, headers),
    faultsOf(`messages/${name}/payload`, payload),
  ].filter((fault) => fault !== '');
}

test('docs/asyncapi.json is a document of AsyncAPI 3', () => {
  const check = new Ajv({ strict: false, allErrors: true, logger: false });
  addFormats.default(check);
  const validate = check.compile(asyncApi.schemasWithoutId['3.0.0'] as object);
  expect([validate(description), validate.errors]).toEqual([true, null]);
  const refs = JSON.stringify(description).match(/"\$ref":"#\/[^"]+"/g) ?? [];
  const isThere = (ref: string) =>
    ref
      .slice('"$ref":"#/'.length, -1)
      .split('/')
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], description);
  expect(refs.length).toBeGreaterThan(0);
  expect(refs.filter((ref) => isThere(ref) === undefined)).toEqual([]);
});

test('payloads of callbacks are those of docs/openapi.json', async () => {
  const api = JSON.parse(await read('openapi.json')) as { components: { schemas: object } };
  const shared = ['EtcCallback', 'DeliveredEvent'] as const;
  expect(api.components.schemas).toMatchObject(
    Object.fromEntries(shared.map((name) => [name, (description.components.schemas as Record<string, unknown>)[name]])),
  );
});

const event = (id: string, more: object = {}) => ({ source: 's', type: 't', id, data: { id }, ...more });

/**
 * Publishes an event of each dialect alone, a list of one kind, and a list of several kinds: eight events.
 *
 * @param run what the ids begin with, because a repeated id is not published
 */
async function publishEverything(run: string): Promise<void> {
  const { client } = system;
  expect(await client.publishEtc({ event_key: 'a.b', changes: [1, { deep: [null] }] })).toBeDefined();
  expect((await client.publishList([event(`${run}-single`)])).status).toBe(200);
  expect((await client.publishList(['1', '2', '3'].map((id) => event(`${run}-${id}`)))).status).toBe(200);
  const kinds = ['x', 'y'].map((type) => event(`${run}-${type}`, { type }));
  expect((await client.publishList(kinds)).status).toBe(200);
  const binary = await client.publishRaw('/cloudevents', 'some text', {
    'content-type': 'text/plain',
    'ce-specversion': '1.0',
    'ce-id': `${run}-text`,
    'ce-source': '/s',
    'ce-type': 't',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'x-callbus-hops': '2',
  });
  expect(binary.status).toBe(202);
}

test('a tap gets the messages that are described, single and grouped', async () => {
  const messages: Message[] = [];
  const tap = await tapExchange(
    system.place.amqpUrl,
    `${system.place.brokerPrefix}events`,
    ({ properties, content }) => {
      const headers = { ...properties.headers };
      messages.push({
        contentType: String(properties.contentType),
        headers,
        payload: JSON.parse(content.toString()) as unknown,
      });
    },
  );
  await publishEverything('tapped');
  const eventsIn = (payload: unknown) => (Array.isArray(payload) ? payload : [payload]) as { id: string }[];
  await waitFor(() => messages.flatMap(({ payload }) => eventsIn(payload)).length === 8, { what: 'all events' });
  await tap.close();

  const grouped = messages.filter(({ payload }) => Array.isArray(payload));
  expect(grouped.length).toBeGreaterThanOrEqual(2);
  expect(messages.length).toBeGreaterThan(grouped.length);
  const formats = new Set<unknown>();
  for (const message of messages) {
    const isBatch = Array.isArray(message.payload);
    expect(faultsOfMessage(isBatch ? 'tapBatch' : 'tapEvent', message)).toEqual([]);
    const header = JSON.parse(String(message.headers['callbus'])) as { v: number };
    expect(faultsOf(`schemas/${isBatch ? 'BatchHeader' : 'EventHeader'}`, header)).toBe('');
    formats.add(header.v);
  }
  expect([...formats].sort()).toEqual([2, 3]);
  // The description is not so wide that anything fits.
  const [batch] = grouped;
  expect(faultsOfMessage('tapEvent', batch!)).not.toEqual([]);
  expect(faultsOf('schemas/EventHeader', { ...JSON.parse(String(batch!.headers['callbus'])) })).not.toBe('');
});

test('a receiver gets the callbacks that are described', async () => {
  const { client, receiver } = system;
  const formats = ['source', 'cloudevents', 'cloudevents-binary'] as const;
  for (const format of formats)
    await client.subscribe({
      subscription_name: format,
      callback_url: `${receiver.url}/${format}`,
      subscription_form: '#',
      payload_format: format,
      secret: 'generate',
      headers: { 'x-own': 'value' },
    });
  await publishEverything('called');
  await waitFor(() => receiver.requests.length === 24, { what: 'the callbacks' });
  const seen = new Set<string>();
  for (const { headers, body, path } of receiver.requests) {
    const contentType = String(headers['content-type']);
    const isStructured = contentType === 'application/cloudevents+json';
    const name = isStructured ? 'structured' : path === '/cloudevents-binary' ? 'binary' : 'notification';
    const payload = name === 'binary' ? body.toString() : (JSON.parse(body.toString()) as unknown);
    expect(faultsOfMessage(name, { contentType, headers, payload })).toEqual([]);
    seen.add(`${path} ${name}`);
  }
  expect([...seen].sort()).toEqual([
    '/cloudevents structured',
    '/cloudevents-binary binary',
    '/source notification',
    '/source structured',
  ]);
}, 30_000);

const exampleOf = async (language: string) =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(await read('taps.md'))?.[1] ?? '';

/** Packages of the programs are found from here. */
const cwd = fileURLToPath(new URL('../../../../libs/testing/', import.meta.url));
const hasPika = spawnSync('python3', ['-c', 'import pika']).status === 0;

test.each([
  ['js', process.execPath, ['--input-type=module', '-']],
  ...(hasPika ? [['python', 'python3', ['-u', '-']] as const] : []),
] as const)(
  'the program of docs/taps.md in %s prints the events of its account',
  async (language, command, options) => {
    const { amqpUrl, brokerPrefix } = system.place;
    const queue = `${brokerPrefix}audit`;
    const program = (await exampleOf(language)).replaceAll('callbus.events', `${brokerPrefix}events`);
    const child = spawn(command, options, { cwd, env: { ...process.env, AMQP_URL: amqpUrl } });
    endWithThisProcess(child);
    const errors: string[] = [];
    const printed: { readonly id: string }[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    createInterface({ input: child.stdout }).on('line', (line) =>
      printed.push(JSON.parse(line) as (typeof printed)[number]),
    );
    child.stdin.end(program.replaceAll(/(['"])audit\1/g, `"${queue}"`));
    try {
      await waitFor(() => consumersOf(amqpUrl, queue), { what: `the tap: ${errors.join('')}` });
      const events = [1, 2, 3, 4].map((number) => event(`${language}-${number}`));
      await system.client.publishList(events.slice(0, 1));
      await system.client.publishList(events.slice(1, 3));
      await system.client.publishEtc({ event_key: 'of.another' }, 'another account');
      await system.client.publishList(events.slice(3));
      await waitFor(() => printed.length >= 4, { what: `the events: ${errors.join('')}` });
      expect(printed.map(({ id }) => id).sort()).toEqual(events.map(({ id }) => id));
      expect(printed).toEqual(expect.arrayContaining(events.map((each) => expect.objectContaining(each) as unknown)));
    } finally {
      await ended(child);
      await deleteQueue(amqpUrl, queue);
    }
  },
);

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await waitFor(() => child.signalCode !== null || child.exitCode !== null, { what: 'the end of the program' });
}

test('a full tap that refuses messages stops publishing, and one that drops the oldest does not', async () => {
  const { amqpUrl, brokerPrefix } = system.place;
  const publish = async () => (await system.client.publishEtc({ event_key: 'into.the.tap' })) !== undefined;
  for (const [overflow, goesOn] of [
    ['drop-head', true],
    ['reject-publish', false],
  ] as const) {
    const queue = `${brokerPrefix}full`;
    await declareTap(amqpUrl, { queue, exchange: `${brokerPrefix}events`, key: '#', maxLength: 1, overflow });
    try {
      const taken = [await publish(), await publish(), await publish(), await publish()];
      expect([overflow, taken.every(Boolean)]).toEqual([overflow, goesOn]);
    } finally {
      await deleteQueue(amqpUrl, queue);
    }
  }
  await waitFor(publish, { what: 'publishing without the tap' });
}, 60_000);
