import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import type { Broker } from '@callbus/broker/broker';
import { createLogger } from '@callbus/runtime/observability/logger';
import { createMemoryStatistics } from '@callbus/statistics/memory';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { createDelivery } from '../src/service.js';
import { createSubscriptionClient } from '../src/subscriptions/subscription-client.js';
import { createTestPost } from './create-test-post.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';
import { openSubscriptionService, token } from './subscription-service.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const closers: (() => unknown)[] = [];
let receiver: Receiver;
/** The broker connection of the worker, through the proxy. */
let broker: Broker;
let publisher: Broker;
let proxy: TcpProxy;

beforeAll(async () => {
  const place = await isolate();
  closers.push(() => place.cleanUp());
  receiver = await openReceiver({ answer: ({ path }) => (path === '/slow' ? { delayMs: 200 } : {}) });
  closers.push(() => receiver.close());
  const service = await openSubscriptionService();
  closers.push(() => service.close());
  const names = { slow: ['slow', 'both'], fast: ['both'] };
  Object.entries(names).forEach(([name, eventNames], index) => {
    const callbackUrl = `${receiver.url}/${name}`;
    service.rows.set(index + 1, subscriptionOf({ id: index + 1, eventNames, callbackUrl, maxInFlight: 1 }));
  });
  proxy = await openTcpProxy(place.amqpUrl);
  closers.push(() => proxy.close());
  const options = { prefix: place.brokerPrefix, confirmTimeoutMs: 5_000, name: 'test', logger };
  publisher = await createRabbitmqBroker({ ...options, url: place.amqpUrl });
  closers.push(() => publisher.close());
  broker = await createRabbitmqBroker({ ...options, url: proxy.url });
  closers.push(() => broker.close());
  const post = createTestPost();
  closers.push(() => post.close());
  const delivery = createDelivery({
    broker,
    client: createSubscriptionClient({ url: service.url, tokens: [token] }),
    post,
    statistics: createMemoryStatistics(),
    prefetch: 100,
    retrySchedule: [1_000],
    maxEventAgeMs: 3_600_000,
    isClockTrusted: () => true,
    secretBox: undefined,
    logger,
  });
  closers.push(() => delivery.close());
  await delivery.started;
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

const event = (name: string, number: number) => ({
  headers: {
    id: `${name}-${number}`,
    identity: `${name}-${number}`,
    account: 'a',
    bus: '',
    name,
    type: 't',
    dialect: 'cloudevents' as const,
    receivedAt: Date.now(),
    dataAt: 0,
  },
  body: Buffer.from('{"specversion":"1.0"}'),
});

/** Callbacks by path and event. */
function calls(path: string, name: string): string[] {
  const ids = receiver.requests.filter((request) => request.path === path).map(({ headers }) => headers['webhook-id']);
  return ids.map(String).filter((id) => id.startsWith(`evt_${name}-`));
}

const distinct = (ids: readonly string[]) => new Set(ids).size;

test('a lost connection repeats the callback that was under way, but no callback of a waiting task', async () => {
  const events = 40;
  for (let number = 0; number < events; number += 1) await publisher.publishEvent(event('slow', number));
  for (const moment of [5, 10]) {
    await waitFor(() => calls('/slow', 'slow').length >= moment, { what: `callback ${moment}` });
    proxy.cut();
  }
  await waitFor(() => distinct(calls('/slow', 'slow')) === events, { what: 'every event', timeoutMs: 60_000 });
  // Each cut repeats the callback under way, and the one before, whose ack may not have reached the broker.
  expect(calls('/slow', 'slow').length - events).toBeLessThanOrEqual(4);
}, 90_000);

test('settled tasks are not repeated with waiting tasks of the same message', async () => {
  const events = 32;
  await publisher.publishBatch(Array.from({ length: 16 }, (_, number) => event('both', number)));
  await publisher.publishBatch(Array.from({ length: 16 }, (_, number) => event('both', 16 + number)));
  await waitFor(() => distinct(calls('/fast', 'both')) === events, { what: 'the fast callbacks' });
  // By then the slow tasks have gone on alone.
  const waits = async () => (await publisher.queues()).find(({ name }) => name === 'events')?.ready === 0;
  await waitFor(async () => (await waits()) && calls('/slow', 'both').length >= 12, { what: 'some slow callbacks' });
  proxy.cut();
  await waitFor(() => distinct(calls('/slow', 'both')) === events, { what: 'the slow callbacks', timeoutMs: 60_000 });
  expect(calls('/fast', 'both')).toHaveLength(events);
  expect(calls('/slow', 'both').length - events).toBeLessThanOrEqual(2);
}, 90_000);
