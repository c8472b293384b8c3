import { expect, test } from '@jest/globals';
import type { WorkQueue } from '@callbus/contracts/messages/topology';
import { waitFor } from '@callbus/testing/wait-for';
import { pino } from 'pino';
import type { ReceivedMessage } from '../src/broker.js';
import type { NextStep } from '../src/next-step.js';
import { createReturns, type Returns } from '../src/consuming/returns.js';
import { createLocalSurvivals } from '../src/consuming/survivals.js';
import { deliveryHeaders, eventHeaders, gate } from './contract.js';

const logger = pino({ level: 'silent' });
const body = Buffer.from('{}');
const held = {
  isOurs: () => true,
  isLost: () => false,
  untilMs: Infinity,
  isShared: false,
  forward: () => Promise.resolve(true),
};

function open() {
  return createReturns({ survivals: createLocalSurvivals(), logger });
}

/** @returns the next step of a message that is not handled */
async function stepOf(returns: Returns, queue: WorkQueue, message: ReceivedMessage): Promise<NextStep | undefined> {
  let instead: NextStep | undefined;
  const forward = (step: NextStep) => Promise.resolve(Boolean((instead = step)));
  expect(await returns.workOn(queue, message, { ...held, forward }, () => Promise.resolve('ack'))).toBe('ack');
  return instead;
}

function messageOf(counted: number | undefined, more: object = {}, own: object = deliveryHeaders()): ReceivedMessage {
  return { headers: { ...own, 'x-delivery-count': counted, ...more }, body, isRedelivered: true };
}

const tenTimes = (step: () => void) => Array.from({ length: 10 }).forEach(step);
const returned = 'x-callbus-returned';

test('a message without survivals is left to the limit of the broker', async () => {
  const returns = open();
  for (const counted of [undefined, 1, 9, 10, 20])
    expect(await stepOf(returns, 'deliveries', messageOf(counted))).toBeUndefined();
});

test('a message that returned because connections were lost is published again before the limit, any number of times', async () => {
  const returns = open();
  let before: object = {};
  for (let round = 1; round <= 10; round += 1) {
    tenTimes(() => returns.survived([{ ...deliveryHeaders() }]));
    expect(await stepOf(returns, 'deliveries', messageOf(9, before))).toBeUndefined();
    const step = await stepOf(returns, 'deliveries', messageOf(10, before));
    before = { [returned]: 10 * round };
    expect(step).toMatchObject({ queue: 'deliveries', table: { ...deliveryHeaders(), ...before } });
  }
});

test('a message that crashes its workers is poison after as many deaths, although connections were lost before', async () => {
  const returns = open();
  tenTimes(() => returns.survived([{ ...deliveryHeaders() }]));
  expect(await stepOf(returns, 'deliveries', messageOf(10))).toMatchObject({ table: { [returned]: 10 } });
  expect(await stepOf(returns, 'deliveries', messageOf(10, { [returned]: 10 }))).toMatchObject({
    queue: 'deliveries',
  });
  expect(await stepOf(returns, 'deliveries', messageOf(10, { [returned]: 20 }))).toMatchObject({
    queue: 'undelivered',
    table: { 'x-callbus-aside': expect.stringMatching(/"queue":"deliveries".*"reason":"poison".*30/) },
  });
});

test.each<[string, object, object]>([
  ['attempt', deliveryHeaders(), deliveryHeaders({ attempt: 2 })],
  ['subscription', deliveryHeaders(), deliveryHeaders({ subscription: 8 })],
  ['identity', eventHeaders(), eventHeaders({ identity: 'another' })],
])('the survivals of a message do not count for a message of another %s', async (_what, own, other) => {
  const returns = open();
  tenTimes(() => returns.survived([{ ...own }]));
  expect(await stepOf(returns, 'events', messageOf(10, {}, other))).toBeUndefined();
  expect(await stepOf(returns, 'events', messageOf(10, {}, own))).toBeDefined();
});

test('survivals count for batches and groups, but not for messages of other applications or of undelivered', async () => {
  const returns = open();
  const batch = { account: '0', events: [['id', 'identity of the first', 0, 2]] };
  const group = { ...eventHeaders(), subscriptions: '1 2', parked: 1 };
  tenTimes(() => returns.survived([batch, group, { strange: true }]));
  expect(await stepOf(returns, 'events', messageOf(10, {}, batch))).toBeDefined();
  expect(await stepOf(returns, 'deliveries', messageOf(10, {}, group))).toBeDefined();
  expect(await stepOf(returns, 'events', messageOf(10, {}, { strange: true }))).toBeUndefined();
  expect(await stepOf(returns, 'undelivered', messageOf(10, {}, group))).toBeUndefined();
});

test('messages that may have crashed workers begin one at a time, and a death counts for that message alone', async () => {
  const survivals = createLocalSurvivals();
  const identities = ['killer', 'neighbour'];
  const counted = new Map(identities.map((identity) => [identity, 10]));
  const ended = new Set<string>();
  const renewed = new Map<string, number>();
  const messageNow = (identity: string) =>
    messageOf(counted.get(identity), { [returned]: renewed.get(identity) }, deliveryHeaders({ identity }));

  for (let death = 1; death <= 30 && ended.size === 0; death += 1) {
    const worker = createReturns({ survivals, logger });
    const begun: string[] = [];
    const instead = new Map<string, NextStep>();
    for (const identity of identities) {
      const forward = (step: NextStep) => Promise.resolve(Boolean(instead.set(identity, step)));
      // No message is settled before the worker dies.
      void worker.workOn('deliveries', messageNow(identity), { ...held, forward }, () => {
        begun.push(identity);
        return new Promise(() => undefined);
      });
    }
    await waitFor(() => begun.length > 0, { what: 'the first trial' });
    const inHand = identities.filter((identity) => !instead.has(identity));
    expect(begun).toEqual([inHand[0]]);
    for (const [identity, step] of instead) {
      if (step.queue === 'undelivered') ended.add(identity);
      renewed.set(identity, Number(step.table?.[returned]));
      counted.set(identity, 0);
    }
    for (const identity of inHand) counted.set(identity, (counted.get(identity) ?? 0) + 1);
    if ((counted.get('killer') ?? 0) > 20) ended.add('killer');
  }
  expect([...ended]).toEqual(['killer']);
}, 60_000);

test('a trial begins after a pause, in which the other messages are recorded and published again', async () => {
  const returns = open();
  const startedAt = performance.now();
  let waitedMs = 0;
  await returns.workOn('deliveries', messageOf(10), held, () => {
    waitedMs = performance.now() - startedAt;
    return Promise.resolve('ack');
  });
  expect(waitedMs).toBeGreaterThan(990);
});

test('the next trial begins when the one before it ends, or after a second', async () => {
  const returns = open();
  const { opened, open: end } = gate();
  const begun: unknown[] = [];
  const begin = (identity: string, until: Promise<void>) =>
    returns.workOn('deliveries', messageOf(10, {}, deliveryHeaders({ identity })), held, async () => {
      begun.push(identity);
      await until;
      return 'ack';
    });
  const first = begin('first', opened);
  const second = begin('second', new Promise(() => undefined));
  void second;
  void begin('third', Promise.resolve());
  await waitFor(() => begun.length === 1, { what: 'the first trial' });
  end();
  expect(await first).toBe('ack');
  await waitFor(() => begun.length === 3, { what: 'all trials' });
  expect(begun).toEqual(['first', 'second', 'third']);
});

test('the latest survivals are kept when there are too many', async () => {
  const survivals = createLocalSurvivals();
  survivals.note(['first', 'second']);
  survivals.note(['first']);
  survivals.note(Array.from({ length: 29_999 }, (_, number) => String(number)));
  expect(await survivals.countOf('first')).toBe(2);
  expect(await survivals.countOf('second')).toBe(0);
});
