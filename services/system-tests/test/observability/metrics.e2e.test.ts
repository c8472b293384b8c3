import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServiceProcess } from '@callbus/testing/processes/service-process';
import type { ReceiverOptions } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { deliveryNames, ingestNames, queueNames, scrape, sharedNames, type Scrape } from '@callbus/testing/scrape';
import { openSystem, type System } from '../support/system.js';

const answer: ReceiverOptions['answer'] = ({ path }) => ({
  status: path === '/refuses' ? 500 : 200,
  delayMs: path === '/slow' ? 5_000 : 0,
});

let system: System;

beforeAll(async () => {
  system = await openSystem({ env: { RETRY_SCHEDULE: '1s' }, answer });
}, 60_000);
afterAll(() => system.close());

const delivery = () => scrape(system.bus.delivery.url);
/** Series of Node itself. Its garbage collector adds some at any time. */
const isOfNode = (name: string) => name.startsWith('callbus_nodejs_');
const ours = (series: Scrape['series']) => [...series.keys()].filter((name) => !isOfNode(name));
const event = (topic: string) => ({ event_topic: topic });

/** Expects the values of several series. A missing series counts as 0. */
function expectValues(metrics: Scrape, expected: Readonly<Record<string, number>>): void {
  const found = Object.keys(expected).map((series) => [series, metrics.value(series)]);
  expect(Object.fromEntries(found)).toEqual(expected);
}

test('every service exposes all its metrics from its start', async () => {
  for (const { url, names } of [
    { url: system.bus.ingest.url, names: [...sharedNames, ...ingestNames] },
    { url: system.bus.subscription.url, names: sharedNames },
    { url: system.bus.delivery.url, names: [...sharedNames, ...deliveryNames] },
  ]) {
    const metrics = await scrape(url);
    expect([...metrics.names]).toEqual(expect.arrayContaining(names));
    expect([...metrics.names].filter((name) => !name.startsWith('callbus_'))).toEqual([]);
    expectValues(metrics, {
      'callbus_dependency_up{dependency="rabbitmq"}': 1,
      'callbus_dependency_up{dependency="redis"}': 1,
      'callbus_publishing{reason="none"}': 1,
    });
    expect(metrics.series.get('callbus_publisher_blocked')).toBe(0);
  }
  expect((await scrape(system.bus.subscription.url)).value('callbus_dependency_up{dependency="postgres"}')).toBe(1);
});

/** The consumers of each queue. The worker takes events on two connections. */
const consumersOf = new Map<string, number>([
  ['events', 2],
  ['deliveries', 1],
  ['undelivered', 1],
]);

test('depth and consumers of every queue are exposed', async () => {
  const metrics = await delivery();
  for (const queue of queueNames) {
    expect(metrics.series.get(`callbus_queue_messages_ready{queue="${queue}"}`)).toBe(0);
    expect(metrics.series.get(`callbus_queue_consumers{queue="${queue}"}`)).toBe(consumersOf.get(queue) ?? 0);
  }
  expect(metrics.series.get('callbus_queue_oldest_message_age_seconds{queue="events"}')).toBe(0);
  expect(metrics.series.get('callbus_queue_oldest_message_age_seconds{queue="deliveries"}')).toBe(0);
});

test('accepted and refused events are counted, by dialect and reason', async () => {
  await system.client.publishEtc(event('nobody'));
  await system.client.publishEtc({ event_topic: '' });
  await system.client.publishList([
    { source: 'a', type: 'b' },
    { source: 'a', type: 'c' },
  ]);
  await system.client.publishRaw('/cloudevents', '{', { 'content-type': 'application/cloudevents+json' });

  const metrics = await scrape(system.bus.ingest.url);
  const requests = 'callbus_http_request_duration_seconds_count';
  expectValues(metrics, {
    'callbus_events_accepted_total{dialect="etc"}': 1,
    'callbus_events_accepted_total{dialect="event-bus"}': 2,
    'callbus_events_accepted_total{dialect="cloudevents"}': 0,
    'callbus_events_refused_total{dialect="etc",reason="missing"}': 1,
    'callbus_events_refused_total{dialect="cloudevents",reason="notJson"}': 1,
    // The two events of the list share a message.
    callbus_publish_confirm_seconds_count: 2,
    [`${requests}{method="POST",route="/api/publish",status="200"}`]: 1,
    [`${requests}{method="POST",route="/api/publish",status="400"}`]: 1,
    [`${requests}{method="POST",route="/v1/event-bus/event/recv",status="200"}`]: 1,
  });

  await waitFor(async () => (await delivery()).value('callbus_dispatch_unmatched_events_total') === 3, {
    what: 'three unmatched events',
  });
});

test('matches, attempts, retries and undelivered deliveries are counted, by outcome, tier and reason', async () => {
  const subscribe = (name: string, fields: Record<string, unknown> = {}) =>
    system.client.subscribe({
      subscription_name: name,
      callback_url: `${system.receiver.url}/${name}`,
      subscription_form: `s.${name}.y.1`,
      ...fields,
    });
  await subscribe('takes');
  await subscribe('refuses', { max_attempts: 2 });
  await subscribe('slow', { timeout: 1, max_attempts: 1 });
  await subscribe('away', { callback_url: 'http://127.0.0.1:1/', max_attempts: 1 });
  for (const topic of ['takes', 'refuses', 'slow', 'away']) await system.client.publishEtc(event(topic));

  await waitFor(async () => (await delivery()).value('callbus_undelivered_total{reason="exhausted"}') === 3, {
    what: 'three exhausted deliveries',
  });
  const metrics = await delivery();
  expectValues(metrics, {
    callbus_dispatch_matches_total: 4,
    'callbus_deliveries_total{outcome="confirmed"}': 1,
    'callbus_deliveries_total{outcome="refused"}': 2,
    'callbus_deliveries_total{outcome="timeout"}': 1,
    'callbus_deliveries_total{outcome="error"}': 1,
    callbus_callback_duration_seconds_count: 5,
    callbus_acceptance_to_first_attempt_seconds_count: 4,
    'callbus_acceptance_to_first_attempt_seconds_bucket{le="5"}': 4,
    'callbus_retries_total{tier="1s"}': 1,
    'callbus_retries_total{tier="24h"}': 0,
    callbus_directory_subscriptions: 4,
  });
  expect(metrics.value('callbus_callback_duration_seconds_sum')).toBeGreaterThan(1);
});

test('a receiver that fails repeatedly shows as an open lane and as parked deliveries', async () => {
  for (let sent = 0; sent < 8; sent += 1) await system.client.publishEtc(event('refuses'));
  await waitFor(async () => (await delivery()).value('callbus_lanes{state="open"}') === 1, { what: 'an open lane' });
  await waitFor(async () => (await delivery()).value('callbus_parked_total') > 0, { what: 'a parked delivery' });
  expect((await delivery()).series.get('callbus_lanes{state="half-open"}')).toBe(0);
});

test('a message that was unsettled when its worker died is counted as redelivered', async () => {
  await system.client.publishEtc(event('slow'));
  await waitFor(() => system.receiver.requests.filter(({ path }) => path === '/slow').length === 2, {
    what: 'a callback',
  });
  await system.bus.delivery.kill();
  await system.bus.delivery.start();
  await waitFor(async () => (await delivery()).value('callbus_redeliveries_total{queue="events"}') > 0, {
    what: 'the redelivery',
  });
});

test('hundreds of subscriptions and unknown paths add no series', async () => {
  await Promise.all([1, 2].map((index) => system.client.http.get(`${system.bus.ingest.url}/nowhere/${index}`)));
  const one = { callback_url: `${system.receiver.url}/takes`, subscription_form: 's.many.y.1' };
  await system.client.subscribe({ ...one, subscription_name: 'many 0' });
  await system.client.publishEtc(event('many'));
  const confirmed = async () => (await delivery()).value('callbus_deliveries_total{outcome="confirmed"}');
  await waitFor(async () => (await confirmed()) === 1, { what: 'the first of them' });
  const before = await Promise.all(
    [system.bus.ingest, system.bus.subscription, system.bus.delivery].map(({ url }) => scrape(url)),
  );

  for (let group = 0; group < 5; group += 1)
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        system.client.subscribe({ ...one, subscription_name: `many ${group} ${index}` }),
      ),
    );
  await system.client.publishEtc(event('many'));
  await waitFor(async () => (await confirmed()) === 252, { what: 'all of them', timeoutMs: 20_000 });
  await Promise.all([3, 4].map((index) => system.client.http.get(`${system.bus.ingest.url}/nowhere/${index}`)));

  const after = await Promise.all(
    [system.bus.ingest, system.bus.subscription, system.bus.delivery].map(({ url }) => scrape(url)),
  );
  after.forEach(({ series }, index) => {
    expect(ours(series)).toEqual(ours(before[index]!.series));
  });
}, 60_000);

test('the API lists every queue, the failing subscriptions and the slow ones', async () => {
  const ask = async (what: string) =>
    (await system.client.http.get<{ data: unknown }>(`${system.client.api}/event/${what}`)).data;
  const queues = async () => (await ask('queues')).data as { info: Record<string, number>[] };
  await waitFor(async () => (await queues()).info.some(({ out_per_second }) => (out_per_second ?? 0) > 0), {
    what: 'the rates of the workers',
  });
  // The queues are read every two seconds.
  await waitFor(async () => (await queues()).info[0]?.drain_seconds === 0, { what: 'empty queues' });
  const { info } = await queues();
  expect(info.map(({ queue }) => queue)).toEqual(queueNames);
  expect(info[0]).toMatchObject({ ready: 0, consumers: 2, oldest_age_seconds: 0, drain_seconds: 0 });

  interface Overview {
    readonly slowest: readonly { readonly subscription_name: string; readonly average_ms: number }[];
  }
  const slowest = async () => ((await ask('overview')).data as Overview).slowest[0];
  await waitFor(async () => (await slowest())?.subscription_name === 'slow', { what: 'the end of the slow callback' });
  expect((await slowest())?.average_ms).toBeGreaterThan(900);
  const overview = await ask('overview');
  expect(overview).toMatchObject({ result: true, bk_error_code: 0, bk_error_msg: 'success' });
  expect(overview.data).toMatchObject({
    totals: { subscriptions: 255, enabled: 255 },
    failing: expect.arrayContaining([expect.objectContaining({ subscription_name: 'refuses' })]),
  });
});

test('the log has a line for every change, refusal and end of a delivery, with ids that connect them', () => {
  const lines = ({ log }: ServiceProcess, msg: string) => log.filter((line) => line['msg'] === msg);
  expect(lines(system.bus.ingest, 'request refused')).toContainEqual(
    expect.objectContaining({ path: '/api/publish', status: 400, dialect: 'etc', refused: 'missing' }),
  );
  const [created] = lines(system.bus.subscription, 'changed');
  expect(created).toMatchObject({ method: 'POST', status: 200, account: '0', subscription: 1 });
  expect(lines(system.bus.delivery, 'ended')).toContainEqual(
    expect.objectContaining({ how: 'undelivered', reason: 'exhausted', attempt: 2, subscription: 2 }),
  );
  expect(lines(system.bus.delivery, 'breaker opened: the receiver is not called for a while')[0]).toMatchObject({
    subscription: 2,
  });
  // At the level of production a delivered event writes no line.
  expect(lines(system.bus.ingest, 'request')).toEqual([]);
});

test('after SIGUSR2 the log has lines for every event', async () => {
  system.bus.delivery.child.kill('SIGUSR2');
  system.bus.ingest.child.kill('SIGUSR2');
  const isChanged = ({ log }: ServiceProcess) => log.some(({ msg }) => msg === 'log level changed');
  await waitFor(() => isChanged(system.bus.delivery) && isChanged(system.bus.ingest), { what: 'the level' });
  const id = await system.client.publishEtc(event('takes'));
  const about = (line: Readonly<Record<string, unknown>>) => [line['event']].flat().includes(id);
  // The two processes write their lines independently of each other.
  await waitFor(() => system.bus.ingest.log.some(about) && system.bus.delivery.log.filter(about).length === 3, {
    what: 'the end',
  });
  expect(system.bus.ingest.log.filter(about)).toMatchObject([
    { msg: 'request', status: 200, dialect: 'etc', events: 1 },
  ]);
  expect(system.bus.delivery.log.filter(about).map(({ msg }) => msg)).toEqual(['matched', 'called', 'ended']);
});
