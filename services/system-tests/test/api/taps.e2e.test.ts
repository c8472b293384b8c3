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
import { asyncDescription, faultsOfMessage, faultsOfPart, type Message } from '../support/described-messages.js';
import { openSystem, type System } from '../support/system.js';

const documents = new URL('../../../../docs/', import.meta.url);
const read = (name: string) => readFile(new URL(name, documents), 'utf8');

let system: System;

beforeAll(async () => {
  system = await openSystem();
}, 60_000);
afterAll(() => system.close());

test('docs/asyncapi.json is a document of AsyncAPI 3', () => {
  const check = new Ajv({ strict: false, allErrors: true, logger: false });
  addFormats.default(check);
  const validate = check.compile(asyncApi.schemasWithoutId['3.0.0'] as object);
  expect([validate(asyncDescription), validate.errors]).toEqual([true, null]);
  const refs = JSON.stringify(asyncDescription).match(/"\$ref":"#\/[^"]+"/g) ?? [];
  const isThere = (ref: string) =>
    ref
      .slice('"$ref":"#/'.length, -1)
      .split('/')
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], asyncDescription);
  expect(refs.length).toBeGreaterThan(0);
  expect(refs.filter((ref) => isThere(ref) === undefined)).toEqual([]);
});

const event = (id: string, more: object = {}) => ({ source: 's', type: 't', id, data: { id }, ...more });

/** Publishes an event of each dialect alone, a list of one kind, and a list of several kinds: eight events. */
async function publishEverything(): Promise<void> {
  const { client } = system;
  expect(await client.publishEtc({ event_key: 'a.b', changes: [1, { deep: [null] }] })).toBeDefined();
  expect((await client.publishList([event('single')])).status).toBe(200);
  expect((await client.publishList(['1', '2', '3'].map((id) => event(id)))).status).toBe(200);
  const kinds = ['x', 'y'].map((type) => event(type, { type }));
  expect((await client.publishList(kinds)).status).toBe(200);
  const binary = await client.publishRaw('/cloudevents', 'some text', {
    'content-type': 'text/plain',
    'ce-specversion': '1.0',
    'ce-id': 'text',
    'ce-source': '/s',
    'ce-type': 't',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'x-callbus-hops': '2',
  });
  expect(binary.status).toBe(202);
}

interface Kind {
  readonly account: string;
  readonly bus: string;
  readonly name: string;
}

test('a tap gets the messages that are described, single and grouped', async () => {
  const messages: (Message & { delivered: object; messageId: unknown })[] = [];
  const tap = await tapExchange(
    system.place.amqpUrl,
    `${system.place.brokerPrefix}events`,
    ({ fields, properties, content }) => {
      const headers = { ...properties.headers };
      messages.push({
        contentType: String(properties.contentType),
        headers,
        payload: JSON.parse(content.toString()) as unknown,
        delivered: { exchange: fields.exchange, routingKey: fields.routingKey },
        messageId: properties.messageId as unknown,
      });
    },
  );
  await publishEverything();
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
    const header = JSON.parse(String(message.headers['callbus'])) as { v: number; kinds?: Kind[] } & Kind;
    const [{ account, bus, name } = header] = header.kinds ?? [];
    expect(message.delivered).toEqual({
      exchange: `${system.place.brokerPrefix}accepted`,
      routingKey: `${account}.${bus === '' ? '-' : bus}.${name}`,
    });
    expect(message.messageId).toBe(isBatch ? undefined : (message.payload as { id: string }).id);
    expect(faultsOfPart(`schemas/${isBatch ? 'BatchHeader' : 'EventHeader'}`, header)).toEqual([]);
    formats.add(header.v);
  }
  expect([...formats].sort()).toEqual([2, 3]);
  // The description is not so wide that anything fits.
  const [batch] = grouped;
  expect(faultsOfMessage('tapEvent', batch!)).not.toEqual([]);
  expect(faultsOfPart('schemas/EventHeader', { ...JSON.parse(String(batch!.headers['callbus'])) })).not.toEqual([]);
});

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
