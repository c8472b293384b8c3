import type { Forwarded } from '@callbus/broker/broker';
import { groupHeaders } from '@callbus/contracts/deliveries/delivery-task';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import { tierFor } from '@callbus/contracts/messages/topology';
import { createLogger } from '@callbus/runtime/observability/logger';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDispatch, type Dispatch } from '../src/dispatch.js';
import { createLanes, type Lanes } from '../src/receivers/lanes.js';
import { createCallSlots } from '../src/receivers/call-slots.js';
import { createSubscriptionIndex } from '../src/subscriptions/match.js';
import type { Fate } from '../src/tasks/fate.js';
import { createSettle } from '../src/tasks/settle.js';
import type { Task } from '../src/tasks/task.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';
import { eventHeaders, hold, messageOf } from './task-of.js';

const logger = createLogger({ service: 'test', level: 'silent' });
/** The time at which the oldest event was accepted that is not expired. */
const acceptedAt = 1;
let lanes: Lanes;
let rows: Map<number, Subscription>;
let index: ReturnType<typeof createSubscriptionIndex>;
let dispatch: Dispatch;
let canForward: boolean;
let freeSlots: number;
let called: number[];
let fate: Fate;
/** The entries of the journal. */
let told: string[];

beforeEach(() => {
  rows = new Map();
  index = createSubscriptionIndex();
  [canForward, freeSlots, called, fate, told] = [true, 10, [], { kind: 'delivered' }, []];
  lanes = createLanes({ slots: 10, now: () => performance.now(), canForward: () => canForward, logger });
  const journal = {
    matched: (_event: unknown, ids: readonly number[]) => void told.push(`matched ${ids.join()}`),
    settled: ({ subscriptionId }: Task, { kind }: Fate) => void told.push(`${kind} ${subscriptionId}`),
    parkedTogether: (_event: unknown, ids: readonly number[]) => void told.push(`parked ${ids.join()}`),
  };
  dispatch = createDispatch({
    directory: {
      match: (event, options) => index.match(event, options),
      known: (id) => rows.get(id),
      find: () => Promise.resolve('gone'),
    },
    lanes,
    journal,
    async deliver(task, entry) {
      if (task.uncalled !== undefined) return task.uncalled;
      const permit = await (entry ?? lanes.enter(task.subscription, { isReturning: false, hold }));
      if (permit.kind === 'go') permit.leave('confirmed', 1);
      called.push(task.subscriptionId);
      return fate;
    },
    settle: createSettle({ journal, now: () => 1 }),
    isExpired: ({ receivedAt }) => receivedAt < acceptedAt,
    callSlots: {
      ...createCallSlots({ slots: 100, waitMs: 1 }),
      hasFree: () => freeSlots > 0,
    },
    canForward: () => canForward,
    mayPark: true,
  });
});
afterEach(() => lanes.close());

function subscribe(...some: Partial<Subscription>[]): void {
  for (const each of some) {
    const row = subscriptionOf(each);
    rows.set(row.id, row);
    index.add(row);
  }
}

/** Opens the breaker of a subscription's lane. */
async function fail(id: number): Promise<void> {
  for (let call = 0; call < 5; call += 1) {
    const permit = await lanes.enter(rows.get(id)!, { isReturning: false, hold });
    if (permit.kind === 'go') permit.leave('error', 1);
  }
}

async function dispatched(headers: object = eventHeaders(), more = {}): Promise<Forwarded> {
  const message = messageOf(headers, more);
  const result = await ('subscriptions' in headers ? dispatch.group(message, hold) : dispatch.event(message, hold));
  if (result.kind !== 'forwarded') throw new Error(result.kind);
  return result;
}

const idsOf = ({ steps }: Forwarded) =>
  steps.map(({ headers }) => ('subscription' in headers ? headers.subscription : headers));
const partsOf = async ({ parts = [] }: Forwarded) => Promise.all(parts);

test('each subscription that matches an event is called once, at once when its receiver is fast', async () => {
  subscribe({ id: 1 }, { id: 2 }, { id: 3, account: 'another' });
  const to = await dispatched();
  expect(to.steps).toEqual([]);
  expect(await partsOf(to)).toEqual([{ kind: 'done' }, { kind: 'done' }]);
  expect(called).toEqual([1, 2]);
  expect(told).toEqual(['matched 1,2', 'delivered 1', 'delivered 2']);
});

test('a task goes on as a message when its event was redelivered, or when no call slot is free', async () => {
  subscribe({ id: 1 }, { id: 2, enabled: false });
  expect(idsOf(await dispatched(eventHeaders(), { isRedelivered: true }))).toEqual([1, 2]);
  freeSlots = 0;
  expect(idsOf(await dispatched())).toEqual([1, 2]);
  expect(called).toEqual([]);
});

test('every task is called at once while the broker takes no messages', async () => {
  subscribe({ id: 1 }, { id: 2 });
  await fail(2);
  canForward = false;
  const to = await dispatched(eventHeaders(), { isRedelivered: true });
  expect(to.steps).toEqual([]);
  // The second task waits in its lane, because no task can be parked.
  expect(await to.parts![0]).toEqual({ kind: 'done' });
  expect(to.parts).toHaveLength(2);
});

test('a task that is held or expired has its fate without a callback', async () => {
  subscribe({ id: 1, enabled: false });
  expect(await partsOf(await dispatched())).toMatchObject([
    { kind: 'forwarded', steps: [{ queue: 'undelivered', headers: { subscription: 1, reason: 'held' } }] },
  ]);
  subscribe({ id: 2 });
  const [, expired] = await partsOf(await dispatched(eventHeaders({ receivedAt: acceptedAt - 1 })));
  expect(expired).toMatchObject({ steps: [{ queue: 'undelivered', headers: { subscription: 2, reason: 'expired' } }] });
  expect(called).toEqual([]);
});

test('tasks behind open breakers are parked as one group, and the journal is told once the group is durable', async () => {
  subscribe({ id: 1 }, { id: 2 }, { id: 3 });
  await fail(1);
  await fail(3);
  const to = await dispatched();
  expect(to.steps).toMatchObject([{ after: tierFor(30_000), headers: { subscriptions: '1 3', parked: 1 } }]);
  await partsOf(to);
  expect(told).toEqual(['matched 1,2,3', 'delivered 2']);
  to.onDurable?.();
  expect(told.at(-1)).toBe('parked 1,3');
});

test('each task of a group is called, parked again or dropped', async () => {
  subscribe({ id: 1 }, { id: 2 });
  await fail(2);
  const group = groupHeaders({ event: eventHeaders(), subscriptions: [1, 2, 9], parked: 1 });
  const to = await dispatched(group);
  expect(to.steps).toMatchObject([{ after: { delayMs: expect.any(Number) }, headers: { subscription: 2, parked: 2 } }]);
  expect(await partsOf(to)).toEqual([{ kind: 'done' }, { kind: 'done' }]);
  expect(told).toEqual(['delivered 1', 'dropped 9']);
});

test('a task whose message cannot be held any longer goes on alone, because other tasks of the message were called', async () => {
  subscribe({ id: 1 });
  fate = { kind: 'returned' };
  const [part] = await partsOf(await dispatched());
  expect(part).toMatchObject({
    kind: 'forwarded',
    mayReturn: false,
    steps: [{ queue: 'deliveries', headers: { subscription: 1, attempt: 1, parked: 0 } }],
  });
});

test('an unreadable message is poison, and a message that is no longer ours returns', async () => {
  expect(await dispatch.event(messageOf({ id: 1 }), hold)).toMatchObject({ kind: 'undelivered', reason: 'poison' });
  expect(await dispatch.group(messageOf(eventHeaders()), hold)).toMatchObject({ reason: 'poison' });
  freeSlots = 0;
  const lost = { ...hold, isOurs: () => false };
  expect(await dispatch.event(messageOf(eventHeaders()), lost)).toEqual({ kind: 'returned' });
});
