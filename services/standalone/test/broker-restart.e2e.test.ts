import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axios from 'axios';
import { openReceiver, type Receiver } from '@callbus/testing/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { startPrivateRabbitmq, type PrivateRabbitmq } from '@callbus/testing/private-rabbitmq';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from './bus-client.js';
import { startBus, type BusProcesses } from './processes.js';

let place: Place;
let rabbitmq: PrivateRabbitmq;
let bus: BusProcesses;
let receiver: Receiver;

beforeAll(async () => {
  [place, rabbitmq] = await Promise.all([isolate({ database: true }), startPrivateRabbitmq()]);
  bus = await startBus({ ...place, amqpUrl: rabbitmq.url });
  receiver = await openReceiver();
}, 120_000);

afterAll(async () => {
  expect(await bus.stop()).toEqual([0, 0, 0]);
  await receiver.close();
  await rabbitmq.remove();
  await place.cleanUp();
}, 60_000);

test('over a restart of the broker publishers see 503 at most, and what was answered with success is delivered', async () => {
  const client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
  await client.subscribe({ subscription_name: 'all', callback_url: receiver.url, subscription_form: '#' });

  const accepted = new Set<string>();
  const otherStatuses = new Set<number>();
  let slowestMs = 0;
  let isPublishing = true;
  async function publishOn(): Promise<void> {
    while (isPublishing) {
      const start = performance.now();
      const { status, headers, data } = await axios.post<{ request_id: string; code: string }>(
        `${bus.ingest.url}/api/publish`,
        { event_source: 's', event_topic: 't', event_type: 'y', event_status: '1', changes: [1] },
        { validateStatus: () => true },
      );
      slowestMs = Math.max(slowestMs, performance.now() - start);
      if (status === 200) {
        accepted.add(data.request_id);
        continue;
      }
      otherStatuses.add(status);
      expect([data.code, Number(headers['retry-after'])]).toEqual(['500', expect.any(Number)]);
    }
  }
  const publishers = Array.from({ length: 4 }, () => publishOn());

  await waitFor(() => accepted.size >= 200, { what: 'events before the restart' });
  await rabbitmq.stop();
  await waitFor(() => otherStatuses.has(503), { what: 'a publisher to be told', timeoutMs: 15_000 });
  const before = accepted.size;
  await rabbitmq.start();
  await waitFor(() => accepted.size >= before + 200, { what: 'events after the restart', timeoutMs: 60_000 });
  isPublishing = false;
  await Promise.all(publishers);

  expect([...otherStatuses]).toEqual([503]);
  // The confirm's time-out is 5 s.
  expect(slowestMs).toBeLessThan(6_000);
  const received = () =>
    new Set(receiver.requests.map(({ body }) => (JSON.parse(body.toString()) as { request_id: string }).request_id));
  await waitFor(() => [...accepted].every((id) => received().has(id)), {
    what: 'every accepted event',
    timeoutMs: 60_000,
  });
  for (const service of [bus.ingest, bus.subscription, bus.delivery]) expect(service.child.exitCode).toBeNull();
}, 180_000);
