import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../support/bus-client.js';
import { startBus, type BusProcesses } from '../support/bus-processes.js';
import { deliveryNames, ingestNames, queueNames, scrape, sharedNames, type Scrape } from '@callbus/testing/scrape';

let place: Place;
let bus: BusProcesses;
let receiver: Receiver;
let client: ReturnType<typeof createBusClient>;

beforeAll(async () => {
  place = await isolate({ database: true });
  bus = await startBus(place, { RETRY_SCHEDULE: '1s' });
  receiver = await openReceiver({
    answer: ({ path }) => ({ status: path === '/refuses' ? 500 : 200, delayMs: path === '/slow' ? 5_000 : 0 }),
  });
  client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
}, 60_000);

afterAll(async () => {
  expect(await bus.stop()).toEqual([0, 0, 0]);
  await receiver.close();
  await place.cleanUp();
});

const delivery = () => scrape(bus.delivery.url);
/** Node's own series, which its garbage collector adds to. */
const isOfNode = (name: string) => name.startsWith('callbus_nodejs_');
const ours = (series: Scrape['series']) => [...series.keys()].filter((name) => !isOfNode(name));
const event = (topic: string) => ({ event_topic: topic });

test('every service tells all that it measures, also what has not happened yet', async () => {
  for (const { url, names } of [
    { url: bus.ingest.url, names: [...sharedNames, ...ingestNames] },
    { url: bus.subscription.url, names: sharedNames },
    { url: bus.delivery.url, names: [...sharedNames, ...deliveryNames] },
  ]) {
    const told = await scrape(url);
    expect([...told.names]).toEqual(expect.arrayContaining(names));
    expect([...told.names].filter((name) => !name.startsWith('callbus_'))).toEqual([]);
    expect(told.value('callbus_dependency_up{dependency="rabbitmq"}')).toBe(1);
    expect(told.value('callbus_dependency_up{dependency="redis"}')).toBe(1);
    expect(told.series.get('callbus_publisher_blocked')).toBe(0);
    expect(told.series.get('callbus_publishing{reason="none"}')).toBe(1);
  }
  expect((await scrape(bus.subscription.url)).value('callbus_dependency_up{dependency="postgres"}')).toBe(1);
});

/** Of the one worker, which takes events on two connections. */
const consumersOf = new Map<string, number>([
  ['events', 2],
  ['deliveries', 1],
  ['undelivered', 1],
]);

test('every queue is told with its depth and its consumers', async () => {
  const told = await delivery();
  for (const queue of queueNames) {
    expect(told.series.get(`callbus_queue_messages_ready{queue="${queue}"}`)).toBe(0);
    expect(told.series.get(`callbus_queue_consumers{queue="${queue}"}`)).toBe(consumersOf.get(queue) ?? 0);
  }
  expect(told.series.get('callbus_queue_oldest_message_age_seconds{queue="events"}')).toBe(0);
  expect(told.series.get('callbus_queue_oldest_message_age_seconds{queue="deliveries"}')).toBe(0);
});

test('what the doors take and refuse is counted, by dialect and reason', async () => {
  await client.publishEtc(event('nobody'));
  await client.publishEtc({ event_topic: '' });
  await client.publishList([
    { source: 'a', type: 'b' },
    { source: 'a', type: 'c' },
  ]);
  await client.publishRaw('/cloudevents', '{', { 'content-type': 'application/cloudevents+json' });

  const told = await scrape(bus.ingest.url);
  expect(told.value('callbus_events_accepted_total{dialect="etc"}')).toBe(1);
  expect(told.value('callbus_events_accepted_total{dialect="event-bus"}')).toBe(2);
  expect(told.value('callbus_events_accepted_total{dialect="cloudevents"}')).toBe(0);
  expect(told.value('callbus_events_refused_total{dialect="etc",reason="missing"}')).toBe(1);
  expect(told.value('callbus_events_refused_total{dialect="cloudevents",reason="notJson"}')).toBe(1);
  // The two events of the list share a message.
  expect(told.value('callbus_publish_confirm_seconds_count')).toBe(2);
  const requests = 'callbus_http_request_duration_seconds_count';
  expect(told.value(`${requests}{method="POST",route="/api/publish",status="200"}`)).toBe(1);
  expect(told.value(`${requests}{method="POST",route="/api/publish",status="400"}`)).toBe(1);
  expect(told.value(`${requests}{method="POST",route="/v1/event-bus/event/recv",status="200"}`)).toBe(1);

  await waitFor(async () => (await delivery()).value('callbus_dispatch_unmatched_events_total') === 3, {
    what: 'three events that nobody wants',
  });
});

test('what dispatch and deliver do is counted, by outcome, tier and reason', async () => {
  const subscribe = (name: string, fields: Record<string, unknown> = {}) =>
    client.subscribe({
      subscription_name: name,
      callback_url: `${receiver.url}/${name}`,
      subscription_form: `s.${name}.y.1`,
      ...fields,
    });
  await subscribe('takes');
  await subscribe('refuses', { max_attempts: 2 });
  await subscribe('slow', { timeout: 1, max_attempts: 1 });
  await subscribe('away', { callback_url: 'http://127.0.0.1:1/', max_attempts: 1 });
  for (const topic of ['takes', 'refuses', 'slow', 'away']) await client.publishEtc(event(topic));

  await waitFor(async () => (await delivery()).value('callbus_undelivered_total{reason="exhausted"}') === 3, {
    what: 'three to be given up',
  });
  const told = await delivery();
  expect(told.value('callbus_dispatch_matches_total')).toBe(4);
  expect(told.value('callbus_deliveries_total{outcome="confirmed"}')).toBe(1);
  expect(told.value('callbus_deliveries_total{outcome="refused"}')).toBe(2);
  expect(told.value('callbus_deliveries_total{outcome="timeout"}')).toBe(1);
  expect(told.value('callbus_deliveries_total{outcome="error"}')).toBe(1);
  expect(told.value('callbus_callback_duration_seconds_count')).toBe(5);
  expect(told.value('callbus_callback_duration_seconds_sum')).toBeGreaterThan(1);
  expect(told.value('callbus_acceptance_to_first_attempt_seconds_count')).toBe(4);
  expect(told.value('callbus_acceptance_to_first_attempt_seconds_bucket{le="5"}')).toBe(4);
  expect(told.value('callbus_retries_total{tier="1s"}')).toBe(1);
  expect(told.value('callbus_retries_total{tier="24h"}')).toBe(0);
  expect(told.value('callbus_directory_subscriptions')).toBe(4);
});

test('a receiver that fails again and again is told as an open lane, and what it parks', async () => {
  for (let sent = 0; sent < 8; sent += 1) await client.publishEtc(event('refuses'));
  await waitFor(async () => (await delivery()).value('callbus_lanes{state="open"}') === 1, { what: 'an open lane' });
  await waitFor(async () => (await delivery()).value('callbus_parked_total') > 0, { what: 'a parked delivery' });
  expect((await delivery()).series.get('callbus_lanes{state="half-open"}')).toBe(0);
});

test('a message that its worker did not settle before it died is told as redelivered', async () => {
  await client.publishEtc(event('slow'));
  await waitFor(() => receiver.requests.filter(({ path }) => path === '/slow').length === 2, { what: 'a callback' });
  await bus.delivery.kill();
  await bus.delivery.start();
  await waitFor(async () => (await delivery()).value('callbus_redeliveries_total{queue="events"}') > 0, {
    what: 'the redelivery',
  });
});

test('hundreds of subscriptions, and paths that nobody serves, add no series', async () => {
  await Promise.all([1, 2].map((index) => client.http.get(`${bus.ingest.url}/nowhere/${index}`)));
  const one = { callback_url: `${receiver.url}/takes`, subscription_form: 's.many.y.1' };
  await client.subscribe({ ...one, subscription_name: 'many 0' });
  await client.publishEtc(event('many'));
  const confirmed = async () => (await delivery()).value('callbus_deliveries_total{outcome="confirmed"}');
  await waitFor(async () => (await confirmed()) === 1, { what: 'the first of them' });
  const before = await Promise.all([bus.ingest, bus.subscription, bus.delivery].map(({ url }) => scrape(url)));

  for (let group = 0; group < 5; group += 1)
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        client.subscribe({ ...one, subscription_name: `many ${group} ${index}` }),
      ),
    );
  await client.publishEtc(event('many'));
  await waitFor(async () => (await confirmed()) === 252, { what: 'all of them', timeoutMs: 20_000 });
  await Promise.all([3, 4].map((index) => client.http.get(`${bus.ingest.url}/nowhere/${index}`)));

  const after = await Promise.all([bus.ingest, bus.subscription, bus.delivery].map(({ url }) => scrape(url)));
  after.forEach(({ series }, index) => {
    expect(ours(series)).toEqual(ours(before[index]!.series));
  });
}, 60_000);

test('an operator is told of every queue, and of the subscriptions that fail and that are slow', async () => {
  const ask = async (what: string) => (await client.http.get<{ data: unknown }>(`${client.api}/event/${what}`)).data;
  const queues = async () => (await ask('queues')).data as { info: Record<string, number>[] };
  await waitFor(async () => (await queues()).info.some(({ out_per_second }) => (out_per_second ?? 0) > 0), {
    what: 'the workers to have told what they took',
  });
  // The queues are read every two seconds.
  await waitFor(async () => (await queues()).info[0]?.drain_seconds === 0, { what: 'the queues after the events' });
  const { info } = await queues();
  expect(info.map(({ queue }) => queue)).toEqual(queueNames);
  expect(info[0]).toMatchObject({ ready: 0, consumers: 2, oldest_age_seconds: 0, drain_seconds: 0 });

  interface Overview {
    readonly slowest: readonly { readonly subscription_name: string; readonly average_ms: number }[];
  }
  const slowest = async () => ((await ask('overview')).data as Overview).slowest[0];
  await waitFor(async () => (await slowest())?.subscription_name === 'slow', { what: 'the slow callback to be over' });
  expect((await slowest())?.average_ms).toBeGreaterThan(900);
  const overview = await ask('overview');
  expect(overview).toMatchObject({ result: true, bk_error_code: 0, bk_error_msg: 'success' });
  expect(overview.data).toMatchObject({
    totals: { subscriptions: 255, enabled: 255 },
    failing: expect.arrayContaining([expect.objectContaining({ subscription_name: 'refuses' })]),
  });
});

test('the log has a line for every change, refusal and end, with the ids that join them', () => {
  const lines = ({ log }: BusProcesses['ingest'], msg: string) => log.filter((line) => line['msg'] === msg);
  expect(lines(bus.ingest, 'request refused')).toContainEqual(
    expect.objectContaining({ path: '/api/publish', status: 400, dialect: 'etc', refused: 'missing' }),
  );
  const [created] = lines(bus.subscription, 'changed');
  expect(created).toMatchObject({ method: 'POST', status: 200, account: '0', subscription: 1 });
  expect(lines(bus.delivery, 'ended')).toContainEqual(
    expect.objectContaining({ how: 'undelivered', reason: 'exhausted', attempt: 2, subscription: 2 }),
  );
  expect(lines(bus.delivery, 'breaker opened: the receiver is not called for a while')[0]).toMatchObject({
    subscription: 2,
  });
  // At the level at which it runs in earnest an event that is delivered costs no line.
  expect(lines(bus.ingest, 'request')).toEqual([]);
});

test('the log tells of every event once it is asked to', async () => {
  bus.delivery.child.kill('SIGUSR2');
  bus.ingest.child.kill('SIGUSR2');
  const isChanged = ({ log }: BusProcesses['ingest']) => log.some(({ msg }) => msg === 'log level changed');
  await waitFor(() => isChanged(bus.delivery) && isChanged(bus.ingest), { what: 'the level' });
  const id = await client.publishEtc(event('takes'));
  const about = (line: Readonly<Record<string, unknown>>) => [line['event']].flat().includes(id);
  // The two processes write their lines independently of each other.
  await waitFor(() => bus.ingest.log.some(about) && bus.delivery.log.filter(about).length === 3, { what: 'the end' });
  expect(bus.ingest.log.filter(about)).toMatchObject([{ msg: 'request', status: 200, dialect: 'etc', events: 1 }]);
  expect(bus.delivery.log.filter(about).map(({ msg }) => msg)).toEqual(['matched', 'called', 'ended']);
});
