import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { ReceivedMessage } from '../src/broker.js';
import { createReturns } from '../src/returns.js';
import { createLocalSurvivals } from '../src/survivals.js';
import { deliveryHeaders, eventHeaders } from './contract.js';

const logger = pino({ level: 'silent' });
const body = Buffer.from('{}');

function open() {
  const survivals = createLocalSurvivals();
  return createReturns({ survivals, now: () => 1, logger });
}

function messageOf(counted: number | undefined, more: object = {}, own: object = deliveryHeaders()): ReceivedMessage {
  return { headers: { ...own, 'x-delivery-count': counted, ...more }, body, isRedelivered: true };
}

const times = (count: number) => Array.from({ length: count });
const returned = 'x-callbus-returned';

test('a message that its workers did not outlive is left to the limit of the broker', async () => {
  const { stepsOf } = open();
  for (const counted of [undefined, 1, 9, 10, 20])
    expect(await stepsOf('deliveries', messageOf(counted))).toBeUndefined();
});

test('one that came back with lost connections is published anew in time, however often', async () => {
  const { stepsOf, outlived } = open();
  let before: object = {};
  for (let round = 1; round <= 10; round += 1) {
    for (const _ of times(10)) outlived([{ ...deliveryHeaders() }]);
    expect(await stepsOf('deliveries', messageOf(9, before))).toBeUndefined();
    const steps = await stepsOf('deliveries', messageOf(10, before));
    before = { [returned]: 10 * round };
    expect(steps).toMatchObject([{ queue: 'deliveries', table: { ...deliveryHeaders(), ...before } }]);
  }
});

test('one that ends its workers is poison after as many deaths as ever, though connections were lost before', async () => {
  const { stepsOf, outlived } = open();
  for (const _ of times(10)) outlived([{ ...deliveryHeaders() }]);
  expect(await stepsOf('deliveries', messageOf(10))).toMatchObject([{ table: { [returned]: 10 } }]);
  expect(await stepsOf('deliveries', messageOf(10, { [returned]: 10 }))).toMatchObject([{ queue: 'deliveries' }]);
  expect(await stepsOf('deliveries', messageOf(10, { [returned]: 20 }))).toMatchObject([
    {
      queue: 'undelivered',
      headers: { ...deliveryHeaders(), reason: 'poison', answer: expect.stringContaining('30') },
    },
  ]);
});

test.each<[string, object, object]>([
  ['attempt', deliveryHeaders(), deliveryHeaders({ attempt: 2 })],
  ['subscription', deliveryHeaders(), deliveryHeaders({ subscription: 8 })],
  ['identity', eventHeaders(), eventHeaders({ identity: 'another' })],
])('a message of another %s is another message', async (_what, own, other) => {
  const { stepsOf, outlived } = open();
  for (const _ of times(10)) outlived([{ ...own }]);
  expect(await stepsOf('events', messageOf(10, {}, other))).toBeUndefined();
  expect(await stepsOf('events', messageOf(10, {}, own))).toHaveLength(1);
});

test('batches and groups are known too, a stranger is not, and nothing is done about what is undelivered', async () => {
  const { stepsOf, outlived } = open();
  const batch = { account: '0', events: [['id', 'identity of the first', 0, 2]] };
  const group = { ...eventHeaders(), subscriptions: '1 2', parked: 1 };
  for (const _ of times(10)) outlived([batch, group, { strange: true }]);
  expect(await stepsOf('events', messageOf(10, {}, batch))).toHaveLength(1);
  expect(await stepsOf('deliveries', messageOf(10, {}, group))).toHaveLength(1);
  expect(await stepsOf('events', messageOf(10, {}, { strange: true }))).toBeUndefined();
  expect(await stepsOf('undelivered', messageOf(10, {}, group))).toBeUndefined();
});

test('of very many messages the latest are remembered', async () => {
  const survivals = createLocalSurvivals();
  survivals.note(['first', 'second']);
  survivals.note(['first']);
  survivals.note(Array.from({ length: 29_999 }, (_, number) => String(number)));
  expect(await survivals.countOf('first')).toBe(2);
  expect(await survivals.countOf('second')).toBe(0);
});
