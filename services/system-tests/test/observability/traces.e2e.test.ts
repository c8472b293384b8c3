import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createLogger } from '@callbus/runtime/observability/logger';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createBusClient, type BusClient } from '../support/bus-client.js';
import { startBus, type BusProcesses } from '../support/bus-processes.js';
import { openSpanCollector, type CollectedSpan } from '../support/span-collector.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const publisherSpan = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${publisherSpan}-01`;
const query = 'the-query-of-a-callback';
const payload = 'the-payload-of-an-event';

let receiver: Receiver;
let collector: Awaited<ReturnType<typeof openSpanCollector>>;
const places: Place[] = [];

beforeAll(async () => {
  collector = await openSpanCollector();
  receiver = await openReceiver({
    answer: ({ path, headers }) => {
      const isFirst = headers['x-callbus-attempt'] === '1';
      return { status: path.startsWith('/fails') || (path.startsWith('/once') && isFirst) ? 503 : 200 };
    },
  });
});
afterAll(async () => {
  await Promise.all([receiver.close(), collector.close()]);
  await Promise.all(places.map((place) => place.cleanUp()));
});

/** Opens a bus that sends its spans at once. */
async function openBus(env: Readonly<Record<string, string>>) {
  const place = await isolate({ database: true });
  places.push(place);
  const bus = await startBus(place, { RETRY_SCHEDULE: '1s', OTEL_BSP_SCHEDULE_DELAY: '50', ...env });
  return { place, bus, client: createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url }) };
}

const subscribe = (client: BusClient, name: string, more: Record<string, unknown> = {}) =>
  client.subscribe({
    subscription_name: name,
    callback_url: `${receiver.url}/${name}?${query}`,
    subscription_form: name,
    ...more,
  });

/** @returns the event's id */
async function publish(client: BusClient, name: string, headers: Record<string, string>): Promise<string> {
  const fields = { event_source: 's', event_topic: 't', event_type: 'y', event_status: '1', event_key: name };
  const answer = await client.publishRaw('/api/publish', JSON.stringify({ ...fields, changes: [payload] }), headers);
  expect(answer.status).toBe(200);
  const { request_id: id } = (await answer.json()) as { request_id: string };
  return id;
}

async function called(path: string, times: number) {
  const calls = () => receiver.requests.filter((request) => request.path.split('?')[0] === path);
  await waitFor(() => calls().length >= times, { what: `call ${times} to ${path}` });
  return calls().map(({ headers }) => headers['traceparent']);
}

const traceparentOf = (span: CollectedSpan | undefined) => `00-${span?.traceId}-${span?.spanId}-01`;

async function stopped(bus: BusProcesses) {
  expect(await bus.stop()).toEqual([0, 0, 0]);
}

test('the spans of an event form one tree: its receipt, its dispatch and each attempt', async () => {
  const { bus, client } = await openBus({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const subscription = await subscribe(client, 'once');
  const event = await publish(client, 'once', { traceparent });
  const callbacks = await called('/once', 2);

  const spansOfTrace = () => collector.spans().filter((span) => span.traceId === traceId);
  await waitFor(() => spansOfTrace().length >= 7, { what: 'the spans' });
  const spans = spansOfTrace();
  const named = (name: string) => spans.filter((span) => span.name === name);
  const below = (parent: CollectedSpan | undefined) => spans.filter((span) => span.parent === parent?.spanId);

  const [request] = named('POST /api/publish');
  expect(request).toMatchObject({
    service: 'callbus-ingest',
    kind: 'server',
    parent: publisherSpan,
    isFailed: false,
    attributes: { 'http.request.method': 'POST', 'http.route': '/api/publish', 'http.response.status_code': 200 },
  });
  const message = { 'messaging.system': 'rabbitmq', 'messaging.message.id': event, 'callbus.account': '0' };
  const [send, ...noMoreSends] = below(request);
  expect(send).toMatchObject({
    service: 'callbus-ingest',
    name: 'send events',
    kind: 'producer',
    isFailed: false,
    attributes: {
      ...message,
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'send',
      'messaging.destination.name': 'events',
    },
  });
  const [dispatch, ...noMoreDispatches] = below(send);
  expect(dispatch).toMatchObject({
    service: 'callbus-delivery',
    name: 'process events',
    kind: 'consumer',
    isFailed: false,
    attributes: {
      ...message,
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'events',
      'callbus.deliveries': 1,
    },
  });
  const attempts = below(dispatch).sort(
    (a, b) => Number(a.attributes['callbus.attempt']) - Number(b.attributes['callbus.attempt']),
  );
  const attempt = (number: number, outcome: string) => ({
    service: 'callbus-delivery',
    name: 'process deliveries',
    kind: 'consumer',
    isFailed: outcome !== 'confirmed',
    attributes: {
      ...message,
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'deliveries',
      'callbus.subscription': subscription,
      'callbus.attempt': number,
      'callbus.outcome': outcome,
    },
  });
  expect(attempts).toMatchObject([attempt(1, 'refused'), attempt(2, 'confirmed')]);
  const calls = attempts.flatMap(below);
  const call = (number: number, status: number) => ({
    name: 'POST',
    kind: 'client',
    isFailed: status !== 200,
    attributes: {
      'http.request.method': 'POST',
      'http.response.status_code': status,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(receiver.url).port),
      'callbus.attempt': number,
    },
  });
  expect(calls).toMatchObject([call(1, 503), call(2, 200)]);
  expect(attempts[0]?.attributes).toMatchObject({ 'callbus.retry_delay_ms': 1_000, 'error.type': 'refused' });
  expect(calls[0]?.attributes).toMatchObject({ 'error.type': '503' });
  expect([noMoreSends, noMoreDispatches, spans.length]).toEqual([[], [], 7]);

  expect(callbacks).toEqual(calls.map(traceparentOf));
  for (const { body } of collector.requests) {
    expect(body.toString()).not.toContain(payload);
    expect(body.toString()).not.toContain(query);
  }

  // A trace that its publisher did not sample is not exported either, but its context is passed on.
  await subscribe(client, 'unkept');
  const unkept = 'c0ffee00c0ffee00c0ffee00c0ffee00';
  await publish(client, 'unkept', { traceparent: `00-${unkept}-${publisherSpan}-00` });
  const [unkeptCallback] = await called('/unkept', 1);
  expect(unkeptCallback).toMatch(new RegExp(`^00-${unkept}-(?!${publisherSpan})[\\da-f]{16}-00$`));

  // An event without a trace context begins a trace.
  await subscribe(client, 'begins');
  await publish(client, 'begins', {});
  const [beginsCallback] = await called('/begins', 1);
  await stopped(bus);
  const begun = collector.spans().filter((span) => span.traceId === beginsCallback?.slice(3, 35));
  expect(begun.map(({ name }) => name).sort()).toEqual([
    'POST',
    'POST /api/publish',
    'process deliveries',
    'process events',
    'send events',
  ]);
  expect(begun.filter(({ parent }) => parent === undefined)).toEqual([
    expect.objectContaining({ name: 'POST /api/publish' }),
  ]);
  expect(collector.spans().filter((span) => span.traceId === unkept)).toEqual([]);
}, 60_000);

test('a parked task without an attempt has no span', async () => {
  // The delay is so long that the processes send their spans only when they stop.
  const late = { OTEL_BSP_SCHEDULE_DELAY: '60000' };
  const { bus, client, place } = await openBus({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...late });
  // Five failures in a row open the breaker. The next tasks are parked.
  const subscription = await subscribe(client, 'fails', { max_attempts: 1, max_in_flight: 1 });
  for (let count = 1; count <= 5; count += 1) {
    await publish(client, 'fails', {});
    await called('/fails', count);
  }
  const isParked = async (event: string) => {
    const { data } = await client.http.get<unknown>(`${client.api}/event/trace/0/${event}`);
    return JSON.stringify(data).includes('"because":"parked"');
  };
  const atDispatch = await publish(client, 'fails', {});
  await waitFor(() => isParked(atDispatch), { what: 'the event to be parked' });

  // This task looks like one that was dispatched before the breaker opened.
  const broker = await createRabbitmqBroker({
    url: place.amqpUrl,
    prefix: place.brokerPrefix,
    confirmTimeoutMs: 5_000,
    name: 'traces test',
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  const event = { account: '0', bus: '', name: 'fails', type: 'fails', dialect: 'cloudevents', dataAt: 0 } as const;
  const headers = {
    ...event,
    identity: 'late',
    receivedAt: Date.now(),
    subscription,
    attempt: 1,
    parked: 0,
    traceparent,
  };
  await broker.publishDelivery({ headers: { ...headers, id: 'late' }, body: Buffer.from('{}') });
  await waitFor(() => isParked('late'), { what: 'the delivery to be parked' });
  await broker.close();

  await stopped(bus);
  const namesOf = (id: string) =>
    collector
      .spans()
      .filter(({ attributes }) => attributes['messaging.message.id'] === id)
      .map(({ name }) => name);
  expect(namesOf(atDispatch).sort()).toEqual(['process events', 'send events']);
  expect(namesOf('late')).toEqual([]);
}, 60_000);

test('without an endpoint no span is exported, and the context of the publisher is passed on unchanged', async () => {
  const before = collector.requests.length;
  const { bus, client } = await openBus({
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
  });
  await subscribe(client, 'once/untraced');
  await publish(client, 'once/untraced', { traceparent });
  expect(await called('/once/untraced', 2)).toEqual([traceparent, traceparent]);
  await stopped(bus);
  expect(collector.requests.length).toBe(before);
}, 60_000);

test('an unreachable collector disturbs no delivery and is logged once', async () => {
  const { bus, client } = await openBus({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await findFreePort()}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: '300',
  });
  await subscribe(client, 'once/away');
  await publish(client, 'once/away', { traceparent });
  const callbacks = await called('/once/away', 2);
  expect(callbacks.map((callback) => callback?.slice(3, 35))).toEqual([traceId, traceId]);
  const lines = () =>
    [bus.ingest, bus.delivery].map(({ log }) => log.filter(({ msg }) => msg === 'traces cannot be exported').length);
  await waitFor(() => lines().every((times) => times > 0), { what: 'a line in both logs' });
  await stopped(bus);
  expect(lines()).toEqual([1, 1]);
}, 60_000);

test('a collector that hangs keeps no process from stopping', async () => {
  const hanging = await openReceiver({ answer: () => undefined });
  const { bus, client } = await openBus({
    OTEL_EXPORTER_OTLP_ENDPOINT: hanging.url,
    OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
  });
  await subscribe(client, 'once/hanging');
  await publish(client, 'once/hanging', { traceparent });
  await called('/once/hanging', 2);
  await waitFor(() => hanging.requests.length > 0, { what: 'spans' });
  const start = performance.now();
  await stopped(bus);
  // A process that waited for its export would take a minute.
  expect(performance.now() - start).toBeLessThan(30_000);
  await hanging.close();
}, 60_000);
