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

const tenTimes = (step: () => void) => Array.from({ length: 10 }).forEach(step);
const returned = 'x-callbus-returned';

test('a message that its workers did not outlive is left to the limit of the broker', async () => {
  const returns = open();
  for (const counted of [undefined, 1, 9, 10, 20])
    expect(await returns.stepsOf('deliveries', messageOf(counted))).toBeUndefined();
});

test('one that came back with lost connections is published anew in time, however often', async () => {
  const returns = open();
  let before: object = {};
  for (let round = 1; round <= 10; round += 1) {
    tenTimes(() => returns.outlived([{ ...deliveryHeaders() }]));
    expect(await returns.stepsOf('deliveries', messageOf(9, before))).toBeUndefined();
    const steps = await returns.stepsOf('deliveries', messageOf(10, before));
    before = { [returned]: 10 * round };
    expect(steps).toMatchObject([{ queue: 'deliveries', table: { ...deliveryHeaders(), ...before } }]);
  }
});

test('one that ends its workers is poison after as many deaths as ever, though connections were lost before', async () => {
  const returns = open();
  tenTimes(() => returns.outlived([{ ...deliveryHeaders() }]));
  expect(await returns.stepsOf('deliveries', messageOf(10))).toMatchObject([{ table: { [returned]: 10 } }]);
  expect(await returns.stepsOf('deliveries', messageOf(10, { [returned]: 10 }))).toMatchObject([
    { queue: 'deliveries' },
  ]);
  expect(await returns.stepsOf('deliveries', messageOf(10, { [returned]: 20 }))).toMatchObject([
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
  const returns = open();
  tenTimes(() => returns.outlived([{ ...own }]));
  expect(await returns.stepsOf('events', messageOf(10, {}, other))).toBeUndefined();
  expect(await returns.stepsOf('events', messageOf(10, {}, own))).toHaveLength(1);
});

test('batches and groups are known too, a stranger is not, and nothing is done about what is undelivered', async () => {
  const returns = open();
  const batch = { account: '0', events: [['id', 'identity of the first', 0, 2]] };
  const group = { ...eventHeaders(), subscriptions: '1 2', parked: 1 };
  tenTimes(() => returns.outlived([batch, group, { strange: true }]));
  expect(await returns.stepsOf('events', messageOf(10, {}, batch))).toHaveLength(1);
  expect(await returns.stepsOf('deliveries', messageOf(10, {}, group))).toHaveLength(1);
  expect(await returns.stepsOf('events', messageOf(10, {}, { strange: true }))).toBeUndefined();
  expect(await returns.stepsOf('undelivered', messageOf(10, {}, group))).toBeUndefined();
});

test('of very many messages the latest are remembered', async () => {
  const survivals = createLocalSurvivals();
  survivals.note(['first', 'second']);
  survivals.note(['first']);
  survivals.note(Array.from({ length: 29_999 }, (_, number) => String(number)));
  expect(await survivals.countOf('first')).toBe(2);
  expect(await survivals.countOf('second')).toBe(0);
});
