import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import { tierFor } from '@callbus/contracts/messages/topology';
import { createLogger, type Logger } from '@callbus/runtime/observability/logger';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { createAttemptCallback } from '../src/callbacks/attempt.js';
import { createJudge } from '../src/callbacks/judge.js';
import { createOpenSecrets } from '@callbus/callback-request/open-secrets';
import { createDeliver, type Deliver } from '../src/deliver.js';
import type { Missing } from '../src/subscriptions/directory.js';
import { createLanes, type Lanes } from '../src/receivers/lanes.js';
import type { Permit } from '../src/receivers/permit.js';
import { createTestPost } from './create-test-post.js';
import { deliveryHeaders, hold, taskOf } from './task-of.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';

const logger = createLogger({ service: 'test', level: 'silent' });
const post = createTestPost();
const judge = createJudge();
let receiver: Receiver;
let lanes: Lanes;
let deliver: Deliver;
let row: Subscription;
/** The subscription in the directory. */
let known: Subscription | undefined;
let found: Subscription | Missing;
let disabled: string[];
let canDisable: boolean;
let hasChanged: boolean;
let told: string[];

beforeAll(async () => {
  receiver = await openReceiver({ answer: ({ path }) => ({ status: Number(path.slice(1)), body: 'told' }) });
});
afterAll(() => Promise.all([receiver.close(), post.close(), judge.close()]));
beforeEach(() => {
  row = known = subscriptionOf({ id: 7, callbackUrl: `${receiver.url}/200`, maxAttempts: 3, maxInFlight: 1 });
  [found, disabled, canDisable, hasChanged, told] = ['gone', [], true, false, []];
  lanes = createLanes({ slots: 10, now: () => performance.now(), canForward: () => true, logger });
  deliver = createDeliver({
    directory: { known: () => known, find: () => Promise.resolve(found) },
    lanes,
    openSecrets: createOpenSecrets({ secretBox: undefined, logger, now: Date.now }),
    attemptCallback: createAttemptCallback({ post: (request) => post.post(request), judge, now: Date.now }),
    disable: ({ id }, reason) => {
      if (!canDisable) return Promise.reject(new Error('the service is away'));
      disabled.push(`${id}: ${reason}`);
      return Promise.resolve(!hasChanged);
    },
    journal: {
      attempted: (_task, _result, outcome) => void told.push(outcome),
      unsent: (_task, reason) => void told.push(reason),
      sealed: () => void told.push('sealed'),
    },
    retrySchedule: [5_000],
    logger: Object.assign(Object.create(logger) as Logger, { info: (_: object, line: string) => told.push(line) }),
    now: Date.now,
  });
});
afterEach(() => lanes.close());

const calls = () => receiver.requests.length;
const task = (more: Partial<Subscription> = {}, headers = deliveryHeaders({ subscription: 7 })) =>
  taskOf(headers, {}, Object.assign(row, more));
const answering = (status: number) => ({ callbackUrl: `${receiver.url}/${status}` });
const park = (delayMs: number) => ({ kind: 'park', after: tierFor(delayMs) });
const retry = { kind: 'retry', after: tierFor(5_000), outcome: 'refused' };

/** Takes the only permit of the lane. */
function takeLane(): Permit {
  const permit = lanes.enter(row, { isReturning: false, hold });
  if (permit instanceof Promise || permit.kind !== 'go') throw new Error('the lane is full');
  return permit;
}

test('a delivery ends with a confirmed callback, or is retried until its last attempt', async () => {
  expect(await deliver(task())).toEqual({ kind: 'delivered' });
  expect(await deliver(task(answering(500)))).toEqual(retry);
  const last = deliveryHeaders({ subscription: 7, attempt: 3 });
  const exhausted = { kind: 'undelivered', reason: 'exhausted', outcome: 'refused', status: 500, answer: 'told' };
  expect(await deliver(task({}, last))).toEqual(exhausted);
  expect(told).toEqual(['confirmed', 'refused', 'refused']);
});

test('the subscription of a receiver that is gone is disabled; when disabling fails, the delivery is retried', async () => {
  const held = { kind: 'undelivered', reason: 'held', outcome: 'refused', status: 410, answer: 'told' };
  expect(await deliver(task(answering(410)))).toEqual(held);
  expect(disabled).toEqual(['7: the receiver answered 410 Gone']);
  expect(told).toEqual(['refused', 'subscription disabled: the receiver is gone']);
  hasChanged = true;
  expect(await deliver(task(answering(410)))).toEqual(held);
  expect(told.slice(2)).toEqual(['refused']);
  canDisable = false;
  expect(await deliver(task())).toEqual(retry);
});

test('a task whose fate is decided without a callback makes none', async () => {
  const before = calls();
  expect(await deliver(task({ enabled: false }))).toEqual({ kind: 'undelivered', reason: 'held' });
  expect(await deliver(taskOf(deliveryHeaders(), {}, 'gone'))).toEqual({ kind: 'dropped' });
  expect(calls()).toBe(before);
});

test('a task uses the latest definition of a subscription that changed while the task waited', async () => {
  const fails = task(answering(500));
  const { leave } = takeLane();
  const waiting = deliver(fails);
  known = { ...row, ...answering(200) };
  leave('confirmed', 1);
  expect(await waiting).toEqual({ kind: 'delivered' });
});

test('a task is dropped or held when its subscription was deleted or disabled while the task waited', async () => {
  const before = calls();
  const first = takeLane();
  const dropped = deliver(task());
  known = undefined;
  first.leave('confirmed', 1);
  expect(await dropped).toEqual({ kind: 'dropped' });
  const second = takeLane();
  const held = deliver(task());
  found = { ...row, enabled: false };
  second.leave('confirmed', 1);
  expect(await held).toEqual({ kind: 'undelivered', reason: 'held' });
  expect(calls()).toBe(before);
});

test('a task whose message returned to its queue while the task waited makes no callback', async () => {
  const before = calls();
  const { leave } = takeLane();
  let isOurs = true;
  const waiting = deliver(taskOf(deliveryHeaders(), { hold: { ...hold, isOurs: () => isOurs } }, row));
  isOurs = false;
  leave('confirmed', 1);
  expect(await waiting).toEqual({ kind: 'returned' });
  expect(calls()).toBe(before);
});

test('a task for which no request can be built is poison, and a task with a sealed value that cannot be opened is parked', async () => {
  const sealed = [{ sealed: 'x', createdAt: 1 }] as unknown as Subscription['secrets'];
  const broken = taskOf(deliveryHeaders({ subscription: 7 }), { body: Buffer.from('{no JSON}') }, row);
  row = Object.assign(row, { payloadFormat: 'cloudevents-binary' });
  expect(await deliver(broken)).toMatchObject({ kind: 'undelivered', reason: 'poison' });
  expect(told).toEqual([expect.stringContaining('JSON')]);
  row = known = { ...row, secrets: sealed };
  expect(await deliver(task())).toEqual(park(30_000));
  expect(told.at(-1)).toBe('sealed');
  // Neither task keeps the only permit of the lane.
  takeLane().leave('confirmed', 1);
});
