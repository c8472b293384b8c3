import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ReceivedMessage } from '@callbus/broker/broker';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { collectEvents, silent } from './doors.js';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Ingest {
  readonly child: ChildProcess;
  readonly url: string;
}

let place: Place;
let events: ReceivedMessage[];
let ingests: Ingest[];
let closeBroker: () => Promise<void>;
beforeAll(async () => {
  place = await isolate();
  const { amqpUrl: url, brokerPrefix: prefix } = place;
  const broker = await createRabbitmqBroker({ url, prefix, confirmTimeoutMs: 5_000, name: 'test', logger: silent });
  closeBroker = () => broker.close();
  events = await collectEvents(broker);
  ingests = await Promise.all([start(), start()]);
}, 30_000);
afterAll(async () => {
  await Promise.all(
    ingests.map(({ child }) => {
      child.kill('SIGTERM');
      return once(child, 'exit');
    }),
  );
  await closeBroker();
  await place.cleanUp();
});

async function start(): Promise<Ingest> {
  const env = {
    PATH: process.env['PATH'],
    PORT: '0',
    AUTH: 'none',
    AMQP_URL: place.amqpUrl,
    BROKER_PREFIX: place.brokerPrefix,
    REDIS_URL: place.redisUrl,
    REDIS_PREFIX: place.redisPrefix,
  };
  const child = spawn(process.execPath, [program], { env });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const urlIn = () => /"url":"([^"]+)"/.exec(output)?.[1] ?? '';
  await waitFor(() => urlIn() !== '', { what: 'ingest to listen' });
  return { child, url: urlIn() };
}

async function publish(url: string, ids: readonly string[]) {
  const eventList = ids.map((id) => ({ id, source: 's', type: 't' }));
  const body = JSON.stringify({ eventBusId: 'b', eventList });
  const answer = await fetch(`${url}/v1/event-bus/recv`, { method: 'POST', body });
  const { events: echoed } = (await answer.json()) as { events: { id: string; repeated?: true }[] };
  return { status: answer.status, fresh: echoed.filter(({ repeated }) => !repeated).map(({ id }) => id) };
}

test('two processes that receive the same lists at the same time publish each event once', async () => {
  const lists = Array.from({ length: 100 }, (_, list) =>
    Array.from({ length: 1 + (list % 3) }, (_each, index) => `${list}-${index}`),
  );
  const answers = [];
  for (const list of lists) answers.push(...(await Promise.all(ingests.map(({ url }) => publish(url, list)))));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  // For each event, exactly one answer does not call it a repeat.
  expect(answers.flatMap(({ fresh }) => fresh)).toEqual(lists.flat().map(() => expect.any(String)));

  await publish(ingests[0]!.url, ['the last']);
  await waitFor(() => events.some(({ headers }) => headers['id'] === 'the last'), { what: 'the last event' });
  expect(events.map(({ headers }) => String(headers['id'])).sort()).toEqual([...lists.flat(), 'the last'].sort());
});
