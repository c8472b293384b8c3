import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, Settlement } from '@callbus/broker/broker';
import { followQueues } from '@callbus/broker/observing/follow-queues';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { groupHeaders } from '@callbus/contracts/deliveries/delivery-task';
import type { EventMessage } from '@callbus/contracts/events/event';
import { tierFor } from '@callbus/contracts/messages/topology';
import { measureBroker } from '@callbus/runtime/observability/broker-metrics';
import { createMetrics } from '@callbus/runtime/observability/metrics';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { createRedisQueueFlow, type QueueFlow } from '@callbus/statistics/queue-flow';
import { isolate } from '@callbus/testing/isolate';
import { returnMessage } from '@callbus/testing/rabbitmq/take-message';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { watchQueues, type QueueWatch } from '../../src/queues/watch-queues.js';
import { silent } from '../support/open-service.js';

const body = Buffer.from('{"specversion":"1.0"}');
const done: Settlement = { kind: 'done' };
const within20s = { timeoutMs: 20_000 };

let place: Awaited<ReturnType<typeof isolate>>;
let redis: ReturnType<typeof connectRedis>;
let publisher: Broker;
let worker: Broker;
let flows: readonly [QueueFlow, QueueFlow];
let watch: QueueWatch;

beforeEach(async () => {
  place = await isolate();
  const { amqpUrl: url, brokerPrefix: prefix, redisUrl, redisPrefix } = place;
  redis = connectRedis({ url: redisUrl, logger: silent });
  const openFlow = () => createRedisQueueFlow({ redis, prefix: redisPrefix, logger: silent });
  flows = [openFlow(), openFlow()];
  const open = async (flow: QueueFlow) => {
    const broker = await createRabbitmqBroker({ url, prefix, confirmTimeoutMs: 5_000, name: 'test', logger: silent });
    followQueues(broker, flow);
    return broker;
  };
  [publisher, worker] = await Promise.all([open(flows[0]), open(flows[1])]);
  watch = watchQueues({ broker: publisher, flow: flows[0] });
});
afterEach(async () => {
  watch.stop();
  for (const flow of flows) flow.close();
  await Promise.all([publisher.close(), worker.close()]);
  redis.disconnect();
  await place.cleanUp();
});

const eventOf = (id: string): EventMessage => ({
  headers: {
    id,
    identity: id,
    account: '0',
    bus: '',
    name: 'cmdb.host.create',
    type: 'create',
    dialect: 'cloudevents',
    receivedAt: Date.now(),
    dataAt: 0,
  },
  body,
});

const publishBatchOf16 = () => publisher.publishBatch(Array.from({ length: 16 }, (_, index) => eventOf(`${index}`)));
const publishSingle = () => publisher.publishEvent(eventOf('single'));

async function events() {
  const reports = await watch.report();
  return reports.find(({ name }) => name === 'events')!;
}

/** The count of both processes. */
async function passed(queue: string): Promise<number> {
  await flows[0].read();
  return (await flows[1].read()).passed.get(queue) ?? 0;
}

test('batches of sixteen and single events are counted as messages and as events', async () => {
  for (let count = 0; count < 10; count += 1) await publishBatchOf16();
  for (let count = 0; count < 5; count += 1) await publishSingle();
  await waitFor(async () => (await events()).ready === 15, { what: 'all messages', ...within20s });
  await waitFor(async () => (await events()).events === 165, { what: 'all events', ...within20s });
  expect(await events()).toMatchObject({ drainS: null, isFull: false });
});

test('a queue that shrinks has rates and a time to drain in messages, and neither once it is empty', async () => {
  await Promise.all(Array.from({ length: 300 }, publishBatchOf16));
  await waitFor(async () => (await events()).ready === 300, { what: 'a look at all messages', ...within20s });
  const start = performance.now();
  // At most 25 messages per second, each a batch of sixteen events.
  await worker.consume('events', { prefetch: 16, handle: () => sleep(40).then(() => done) });
  await waitFor(async () => (await events()).drainS !== null && (await events()).ready < 250, {
    what: 'a queue that shrinks',
    ...within20s,
  });
  const { ready, events: waiting, drainS, inRate, outRate } = await events();
  const shrinkage = (300 - ready) / ((performance.now() - start) / 1_000);
  expect(waiting).toBe(ready * 16);
  expect(drainS).toBeGreaterThan(ready / shrinkage / 2);
  expect(drainS).toBeLessThan((ready / shrinkage) * 2);
  expect(outRate).toBeGreaterThan(shrinkage / 2);
  expect(outRate).toBeLessThan(shrinkage * 2);
  expect(inRate).toBeLessThan(shrinkage / 4);

  await waitFor(async () => (await events()).ready === 0, { what: 'an empty queue', ...within20s });
  expect(await events()).toMatchObject({ events: 0, drainS: 0, oldestAgeS: 0, isFull: false });
  await waitFor(async () => (await events()).outRate === 0, { what: 'no more rates', timeoutMs: 15_000 });
  expect(await events()).toMatchObject({ inRate: 0, events: 0, drainS: 0 });
});

test('a redelivered batch counts as one redelivered message, and its events as one message each', async () => {
  const metrics = createMetrics();
  measureBroker(worker, metrics);
  await publishBatchOf16();
  await returnMessage(place.amqpUrl, `${place.brokerPrefix}events`);
  let handled = 0;
  await worker.consume('events', {
    prefetch: 16,
    handle() {
      handled += 1;
      return Promise.resolve(done);
    },
  });
  await waitFor(() => handled === 16, { what: 'the events' });
  expect(await passed('events')).toBe(17);
  expect(await metrics.registry.metrics()).toContain('callbus_redeliveries_total{queue="events"} 1\n');
});

test('a group of a hundred tasks counts as one message of its retry queue', async () => {
  const { headers: event } = eventOf('parked');
  const subscriptions = Array.from({ length: 100 }, (_, index) => index + 1);
  const headers = groupHeaders({ event, subscriptions, parked: 1 });
  const steps = [{ queue: 'deliveries', after: tierFor(1_000), headers }] as const;
  const forwarded: Settlement = { kind: 'forwarded', steps, mayReturn: true };
  await worker.consume('events', { prefetch: 1, handle: () => Promise.resolve(forwarded) });
  let tasks: unknown;
  await worker.consume('deliveries', {
    prefetch: 1,
    handle({ headers }) {
      tasks = headers['subscriptions'];
      return Promise.resolve(done);
    },
  });
  await publishSingle();
  await waitFor(() => tasks !== undefined, { what: 'the group' });
  expect(tasks).toBe(subscriptions.join(' '));
  expect(await passed('retry.1s')).toBe(1);
  expect(await passed('deliveries')).toBe(1);
});
