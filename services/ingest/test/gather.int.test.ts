import { BrokerUnavailable, type Broker, type ReceivedMessage } from '@callbus/broker/broker';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import type { EventMessage } from '@callbus/contracts/events/event';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { encode } from '../src/publishing/encode.js';
import { gatherEvents } from '../src/publishing/gather.js';
import { collectEvents, silent } from './doors.js';

let place: Place;
let broker: Broker;
let received: ReceivedMessage[];
/** The ids of the events of each message that was published. */
let messages: string[][];
let gathering: Broker;

beforeAll(async () => {
  place = await isolate();
  const { amqpUrl: url, brokerPrefix: prefix } = place;
  broker = await createRabbitmqBroker({ url, prefix, confirmTimeoutMs: 5_000, name: 'gather test', logger: silent });
  received = await collectEvents(broker);
});
afterAll(async () => {
  await broker.close();
  await place.cleanUp();
});
beforeEach(() => {
  received.splice(0);
  messages = [];
  gathering = gatherEvents({
    ...broker,
    publishBatch: (events) => {
      messages.push(events.map(({ headers }) => headers.id));
      return broker.publishBatch(events);
    },
  });
});

interface Given {
  readonly account?: string;
  readonly name?: string;
  readonly receivedAt?: number;
  readonly data?: string;
}

function eventOf(
  id: string,
  { account = '0', name = 's.t', receivedAt = 1_000, data = '1' }: Given = {},
): EventMessage {
  return encode({
    dialect: 'cloudevents',
    account,
    bus: '',
    name,
    receivedAt,
    traceContext: undefined,
    attributes: { specversion: '1.0', id, source: 's', type: 't' },
    data: { json: data },
  });
}

const publishAll = (events: readonly EventMessage[]) =>
  Promise.all(events.map((event) => gathering.publishEvent(event)));
const idsFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => String(first + index));

const receive = (count: number) => waitFor(() => received.length === count, { what: `${count} events` });

test('an event is sent at once, and the events before its confirm share messages of up to 64', async () => {
  await publishAll(idsFrom(0, 150).map((id) => eventOf(id)));
  expect(messages).toEqual([['0'], idsFrom(1, 64), idsFrom(65, 64), idsFrom(129, 21)]);
  await publishAll([eventOf('150')]);
  expect(messages.at(-1)).toEqual(['150']);
  await receive(151);
});

test('each event keeps its time and its bytes', async () => {
  const events = idsFrom(0, 3).map((id) => eventOf(id, { receivedAt: 1_000 + Number(id), data: `[${id}.0]` }));
  await publishAll(events);
  await receive(3);
  expect(received.map(({ headers, body }) => [headers['receivedAt'], body.toString()])).toEqual(
    events.map(({ headers, body }) => [headers.receivedAt, body.toString()]),
  );
});

test('no message is larger than 64 KiB', async () => {
  await publishAll(idsFrom(0, 4).map((id) => eventOf(id, { data: `"${'x'.repeat(32_000)}"` })));
  expect(messages).toEqual([['0'], ['1', '2'], ['3']]);
  await receive(4);
});

test('events of several accounts and names share a message, and are consumed as they were published', async () => {
  const events = [eventOf('0'), eventOf('1'), eventOf('2', { account: '1' }), eventOf('3', { name: 's.u' })];
  await publishAll(events);
  expect(messages).toEqual([['0'], ['1', '2', '3']]);
  await receive(4);
  expect(received.map(({ headers: { id, account, name } }) => [id, account, name])).toEqual([
    ['0', '0', 's.t'],
    ['1', '0', 's.t'],
    ['2', '1', 's.t'],
    ['3', '0', 's.u'],
  ]);
});

test('an event waits only a few milliseconds for a slow confirm', async () => {
  const confirms: (() => void)[] = [];
  gathering = gatherEvents({
    ...broker,
    publishBatch: (events) => {
      messages.push(events.map(({ headers }) => headers.id));
      return new Promise((resolve) => confirms.push(resolve));
    },
  });
  const all = publishAll(idsFrom(0, 3).map((id) => eventOf(id)));
  await waitFor(() => messages.length === 2, { what: 'a second message' });
  expect(messages).toEqual([['0'], ['1', '2']]);
  for (const confirm of confirms) confirm();
  await all;
});

test('a message that is not confirmed fails only its own events', async () => {
  gathering = gatherEvents({
    ...broker,
    publishBatch: (events) =>
      events.length === 64 ? Promise.reject(new BrokerUnavailable('nacked')) : broker.publishBatch(events),
  });
  const outcomes = await Promise.allSettled(idsFrom(0, 68).map((id) => gathering.publishEvent(eventOf(id))));
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    ...Array<string>(64).fill('rejected'),
    ...Array<string>(3).fill('fulfilled'),
  ]);
  await receive(4);
});
