import { deliveryHeaders as readyHeaders, groupHeaders, halvesOf } from '@callbus/contracts/deliveries/delivery-task';
import { tierFor } from '@callbus/contracts/messages/topology';
import { startPrivateRabbitmq, type PrivateRabbitmq } from '@callbus/testing/servers/private-rabbitmq';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { MessageTooLarge, type Broker, type ReceivedMessage, type Settlement } from '../src/broker.js';
import { createRabbitmqBroker } from '../src/rabbitmq.js';
import { done, eventHeaders, forwarded, undelivered as end } from './contract.js';

const prefix = 'callbus.';
const body = Buffer.from('{"specversion":"1.0"}');
const frameMax = 8_192;

/** A RabbitMQ with small frames, and a user of least privilege on it. */
let server: PrivateRabbitmq;
let broker: Broker;
const lost: string[] = [];
beforeAll(async () => {
  server = await startPrivateRabbitmq();
  await server.ctl('eval', `application:set_env(rabbit, frame_max, ${frameMax}).`);
  await server.ctl('add_user', 'least', 'privilege');
  await server.ctl('set_permissions', 'least', '^callbus\\.', '^(callbus\\.|amq\\.default$)', '^callbus\\.');
  const url = new URL(server.url);
  url.username = 'least';
  url.password = 'privilege';
  const note = (line: string) => {
    if (line.includes('lost')) lost.push(line);
  };
  const logger = pino({ level: 'warn' }, { write: note });
  broker = await createRabbitmqBroker({ url: url.href, prefix, confirmTimeoutMs: 5_000, name: 'test', logger });
}, 120_000);
afterAll(async () => {
  await broker.close();
  await server.remove();
});

async function take(queue: 'events' | 'deliveries', settle: (message: ReceivedMessage) => Settlement = () => done) {
  const messages: ReceivedMessage[] = [];
  const consumer = await broker.consume(queue, {
    prefetch: 100,
    handle(message) {
      messages.push(message);
      return Promise.resolve(settle(message));
    },
  });
  return { messages, stop: () => consumer.stop() };
}

test('permissions for names with the prefix and for the default exchange are enough', async () => {
  const changes: string[] = [];
  let isOpen = false;
  const watcher = await broker.watchChanges({
    onOpen: () => Promise.resolve(void (isOpen = true)),
    onChange: (change) => void changes.push(change.toString()),
  });
  expect(isOpen).toBe(true);
  await broker.announceChange(Buffer.from('{}'));
  await waitFor(() => changes.length === 1, { what: 'the change' });
  const queues = await server.ctl('list_queues', '--silent', 'name');
  expect(
    queues
      .trim()
      .split('\n')
      .filter((name) => !name.startsWith(prefix)),
  ).toEqual([]);
  await watcher.stop();

  await broker.publishEvent({ headers: eventHeaders(), body });
  const taken = await take('events');
  await waitFor(() => taken.messages.length === 1, { what: 'the event' });
  await taken.stop();
});

test.each([
  ['one byte per character', 'z'],
  ['three bytes per character', '字'],
  ['a character that JSON escapes', '"'],
])('an event whose name is too long for a frame is refused without harm to others: %s', async (_case, character) => {
  const headers = eventHeaders({ id: 'long', name: character.repeat(4_000), type: character.repeat(2_000) });
  const isFit = broker.fits(headers);
  if (character === 'z') expect(isFit).toBe(false);
  await expect(
    broker.publishEvent({ headers: { ...headers, name: headers.name.repeat(3) }, body }),
  ).rejects.toBeInstanceOf(MessageTooLarge);
  await broker.publishEvent({ headers: eventHeaders({ id: 'next' }), body });
  expect(lost).toEqual([]);
  const taken = await take('events');
  await waitFor(() => taken.messages.length === 1, { what: 'the next event' });
  await taken.stop();
});

test('events whose headers fit alone, but not together, are published in several messages, in order', async () => {
  const events = Array.from({ length: 8 }, (_, n) => ({
    headers: eventHeaders({ id: `${n}${'x'.repeat(1_500)}` }),
    body,
  }));
  expect(events.every(({ headers }) => broker.fits(headers))).toBe(true);
  await broker.publishBatch(events);
  const taken = await take('events');
  await waitFor(() => taken.messages.length === events.length, { what: 'all events' });
  expect(taken.messages.map(({ headers }) => headers['id'])).toEqual(events.map(({ headers }) => headers.id));
  await taken.stop();
  expect(lost).toEqual([]);
});

test('the headers of a group that are too long for one message are divided among several', async () => {
  const subscriptions = Array.from({ length: 256 }, (_, n) => 100_000_000_000 + n);
  const event = eventHeaders({ name: 'n'.repeat(5_000) });
  expect(broker.fits(event)).toBe(true);
  await broker.publishEvent({ headers: event, body });
  const group = groupHeaders({ event, subscriptions, parked: 1 });
  const events = await take('events', () =>
    forwarded({ queue: 'deliveries', after: tierFor(1_000), headers: group, halve: halvesOf }),
  );
  const tasks = await take('deliveries');
  const parts = () => tasks.messages.flatMap(({ headers }) => String(headers['subscriptions']).split(' ').map(Number));
  await waitFor(() => parts().length >= subscriptions.length, { what: 'all tasks' });
  expect(parts().sort((one, other) => one - other)).toEqual(subscriptions);
  expect(tasks.messages.length).toBeGreaterThan(1);
  await Promise.all([events.stop(), tasks.stop()]);
  expect(lost).toEqual([]);
});

test('every message that follows from an event that fits has headers that fit', async () => {
  // The longest name that fits.
  let name = 'n';
  while (broker.fits(eventHeaders({ name: `${name}${'n'.repeat(50)}` }))) name += 'n'.repeat(50);
  expect(name.length).toBeGreaterThan(4_000);
  const headers = readyHeaders(
    eventHeaders({ name, hops: 8, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }),
    {
      subscription: Number.MAX_SAFE_INTEGER,
      attempt: 20,
      parked: 1_000_000,
      replayedAt: Date.now(),
    },
  );
  await broker.publishDelivery({ headers, body });
  const ended = await take('deliveries', (message) =>
    end(message, { reason: 'exhausted', status: 503, answer: '字'.repeat(256) }),
  );
  const undelivered: ReceivedMessage[] = [];
  const consumer = await broker.consume('undelivered', {
    prefetch: 1,
    handle: (message) => {
      undelivered.push(message);
      return Promise.resolve(done);
    },
  });
  await waitFor(() => undelivered.length === 1, { what: 'the undelivered message' });
  await Promise.all([ended.stop(), consumer.stop()]);
  expect(lost).toEqual([]);
});
