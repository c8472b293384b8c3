import { createServer, type AddressInfo } from 'node:net';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryHeaders } from '@callbus/contracts/deliveries/delivery-task';
import type { ReceivedMessage } from '@callbus/broker/broker';
import { createMemoryBroker } from '@callbus/broker/memory';
import { createMemoryStatistics } from '@callbus/statistics/memory';
import { waitFor } from '@callbus/testing/wait-for';
import { createPool } from '../../src/database/pool.js';
import { consumeUndelivered } from '../../src/undelivered/consume-undelivered.js';
import { eventHeaders } from '../support/event-headers.js';
import { endDelivery, type Ending } from '../support/end-delivery.js';
import { create, sample, subscribe } from '../support/call.js';
import { silent, useService } from '../support/open-service.js';

const body = Buffer.from('{"specversion":"1.0"}');
const task: DeliveryHeaders = { ...eventHeaders, subscription: 0, attempt: 10, parked: 0 };

const service = useService();
const { call } = service;
let subscription: number;
/** How the worker of this test ends a delivery. */
let ending: Ending;
/** The deliveries that this worker took. */
const delivered: ReceivedMessage[] = [];

beforeAll(async () => {
  await service.broker.consume('deliveries', {
    prefetch: 10,
    handle: (message) => {
      delivered.push(message);
      return Promise.resolve(endDelivery(message, ending));
    },
  });
});
beforeEach(async () => {
  await service.pool.query('DELETE FROM undelivered; DELETE FROM subscriptions');
  subscription = await create(call);
  ending = { reason: 'exhausted', status: 503, answer: 'bu\0sy' };
});

async function rows() {
  const result = await service.pool.query<Record<string, unknown>>('SELECT * FROM undelivered ORDER BY id');
  return result.rows;
}

async function deliver(changes: Partial<DeliveryHeaders> = {}) {
  await service.broker.publishDelivery({ headers: { ...task, subscription, ...changes }, body });
}

describe('an undelivered event', () => {
  test('is stored with its body and the last answer', async () => {
    await deliver();
    await waitFor(async () => (await rows()).length === 1, { what: 'the row' });
    const [row] = await rows();
    expect(row).toMatchObject({
      subscription_id: subscription,
      account: '0',
      identity: 'one',
      event_id: 'event 1',
      event_name: 'a.b',
      body,
      reason: 'exhausted',
      attempts: 10,
      last_status: 503,
      last_answer: 'bu\ufffdsy',
      received_at: new Date(1_700_000_000_000),
    });
    expect(row?.['headers']).toMatchObject({ ...task, subscription });
  });

  test('is one row per subscription, although the message is redelivered', async () => {
    const other = await create(call, { subscription_name: 'other' });
    ending = { reason: 'held' };
    await deliver({ attempt: 1 });
    await waitFor(async () => (await rows()).length === 1, { what: 'the row' });
    ending = { reason: 'exhausted', status: 500 };
    await deliver();
    await deliver();
    await deliver({ subscription: other });
    await waitFor(async () => (await rows()).length === 2, { what: 'the second row' });
    expect(await rows()).toMatchObject([
      { subscription_id: subscription, reason: 'exhausted', attempts: 10, last_status: 500 },
      { subscription_id: other },
    ]);
  });

  test('is dropped when its subscription has been deleted', async () => {
    await deliver({ subscription: 999_999_999 });
    await deliver();
    await waitFor(async () => (await rows()).length === 1, { what: 'the row of the one that exists' });
    expect(await rows()).toMatchObject([{ subscription_id: subscription }]);
  });

  test('is listed with its body, up to 16 MiB per answer but at least one event', async () => {
    await service.pool.query(
      `INSERT INTO undelivered (subscription_id, account, identity, headers, body, reason, attempts, received_at, failed_at)
       SELECT $1, '0', 'large ' || n, '{}', convert_to('{"data":"' || repeat('x', 6 * 1024 * 1024) || '"}', 'UTF8'),
         'exhausted', 10, now() + n * interval '1 second', now()
       FROM generate_series(1, 3) AS n`,
      [subscription],
    );
    const page = async (query: string) => {
      const path = `${subscribe}/0/2/${subscription}/undelivered?${query}`;
      const { status, body: answer } = await call(`GET ${path}`);
      expect(status).toBe(200);
      const { count, info } = (answer as { data: { count: number; info: { event?: unknown }[] } }).data;
      return [count, info.length, info.filter(({ event }) => event !== undefined).length];
    };
    expect(await page('event=true')).toEqual([3, 2, 2]);
    expect(await page('event=true&start=2')).toEqual([3, 1, 1]);
    expect(await page('')).toEqual([3, 3, 0]);
  });

  test('is listed with its body unchanged, digit for digit', async () => {
    const event = '{"data":[12345678901234567890,1e400,-0,1.10,{"a":1,"a":2}]}';
    await service.pool.query(
      `INSERT INTO undelivered (subscription_id, account, identity, headers, body, reason, attempts, received_at, failed_at, queue)
       SELECT subscription, '0', n, '{}', body, 'poison', 1, now(), now(), 'events'
       FROM (VALUES ($1::bigint), (NULL)) AS whose (subscription), unnest($2::bytea[]) WITH ORDINALITY AS kept (body, n)`,
      [subscription, [Buffer.from(event), Buffer.from('no JSON'), Buffer.from('"\xe4"', 'latin1')]],
    );
    for (const path of [`subscribe/0/2/${subscription}/undelivered`, 'undelivered/0']) {
      const answer = await fetch(`${service.url}/api/v3/event/${path}?event=true`);
      const text = await answer.text();
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(text).toContain(`"event":${event}`);
      expect(JSON.parse(text)).toMatchObject({
        result: true,
        data: { count: 3, info: [{}, { event: null }, { event: null }] },
      });
    }
  });

  test('is listed in pages, in the order of acceptance', async () => {
    await service.pool.query(
      `INSERT INTO undelivered (subscription_id, account, identity, event_id, headers, body, reason, attempts, received_at, failed_at)
       SELECT $1, '0', 'number ' || n, n::text, '{}', '{}', CASE WHEN n % 2 = 0 THEN 'held' ELSE 'exhausted' END, 10,
         now() + (n / 3) * interval '1 second', now() FROM generate_series(0, 9) AS n`,
      [subscription],
    );
    const page = async (query: string) => {
      const path = `${subscribe}/0/2/${subscription}/undelivered?${query}`;
      const { body: answer } = await call(`GET ${path}`);
      const { count, info } = (answer as { data: { count: number; info: { event_id: string }[] } }).data;
      return `${count}: ${info.map(({ event_id: id }) => id).join(' ')}`;
    };
    expect(await page('limit=3')).toBe('10: 0 1 2');
    expect(await page('limit=4&start=3')).toBe('10: 3 4 5 6');
    expect(await page('limit=3&start=6')).toBe('10: 6 7 8');
    expect(await page('limit=3&start=9')).toBe('10: 9');
    expect(await page('limit=3&start=10')).toBe('10: ');
    expect(await page('limit=3&start=1000000000')).toBe('10: ');
    expect(await page('reason=held&limit=2&start=3')).toBe('5: 6 8');
  });

  test('is stored even when it is unreadable', async () => {
    ending = { reason: 'poison' };
    const strange = { id: 'x\0y', subscription, 'odd\0name': 1 } as unknown as DeliveryHeaders;
    await service.broker.publishDelivery({ headers: strange, body: Buffer.from([0, 255]) });
    await waitFor(async () => (await rows()).length === 1, { what: 'the row' });
    expect(await rows()).toMatchObject([
      {
        subscription_id: null,
        event_id: 'x\ufffdy',
        reason: 'poison',
        body: Buffer.from([0, 255]),
        headers: { id: 'x\0y', 'odd\0name': 1 },
      },
    ]);
  });
});

describe('a held event', () => {
  test('is delivered as the same attempt after its subscription is enabled', async () => {
    const change = (enabled: boolean) =>
      call(`PUT ${subscribe}/0/2/${subscription}`, { ...sample, enabled }).then(({ status }) => status);
    expect(await change(false)).toBe(200);
    ending = { reason: 'held' };
    for (const identity of ['one', 'two', 'three']) await deliver({ identity, attempt: 3 });
    await waitFor(async () => (await rows()).length === 3, { what: 'the held ones' });
    delivered.length = 0;
    ending = 'done';
    expect(await change(true)).toBe(200);
    await waitFor(() => delivered.length === 3, { what: 'the deliveries' });
    expect(delivered.map(({ headers }) => headers['identity']).sort()).toEqual(['one', 'three', 'two']);
    expect(delivered[0]).toMatchObject({ headers: { subscription, attempt: 3, account: '0' }, body });
    await waitFor(async () => (await rows()).length === 0, { what: 'the rows to go' });
    const totals = async () => (await service.statistics.totals([subscription])).get(subscription);
    await waitFor(async () => (await totals())?.pending === 3, { what: 'the figures' });
    expect(await totals()).toMatchObject({ pending: 3, undelivered: -3 });
  });

  test('stays held while its subscription is disabled, and exhausted events stay, too', async () => {
    const other = await create(call, { subscription_name: 'other', enabled: false });
    await deliver();
    await waitFor(async () => (await rows()).length === 1, { what: 'the exhausted one' });
    ending = { reason: 'held' };
    await deliver({ subscription: other });
    await deliver({ identity: 'free to go' });
    await waitFor(async () => (await rows()).length === 3, { what: 'the held ones' });
    ending = 'done';
    const answer = await call(`PATCH ${subscribe}/0/2/${subscription}`, {
      enabled: true,
    });
    expect(answer).toMatchObject({ status: 200 });
    await waitFor(async () => (await rows()).length === 2, { what: 'the free one to go' });
    expect(await rows()).toMatchObject([
      { subscription_id: subscription, reason: 'exhausted' },
      { subscription_id: other, reason: 'held' },
    ]);
  });
});

test('a message that waits for the database returns to its queue when the service stops', async () => {
  let connections = 0;
  const closing = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve));
  const { port } = closing.address() as AddressInfo;
  const pool = createPool({ url: `postgres://nobody@127.0.0.1:${port}/none`, logger: silent });
  const broker = createMemoryBroker({ logger: silent });

  const undelivered = await consumeUndelivered({ pool, broker, statistics: createMemoryStatistics(), logger: silent });
  await broker.publishDelivery({ headers: { ...task, subscription }, body });
  const worker = await broker.consume('deliveries', {
    prefetch: 1,
    handle: (message) => Promise.resolve(endDelivery(message, ending)),
  });
  await waitFor(() => connections > 1, { what: 'the second try to store it' });
  await undelivered.stop();

  const back: ReceivedMessage[] = [];
  const next = await broker.consume('undelivered', {
    prefetch: 1,
    handle: (message) => {
      back.push(message);
      return Promise.resolve({ kind: 'done' });
    },
  });
  await waitFor(() => back.length === 1, { what: 'the message' });
  expect(back[0]).toMatchObject({ headers: { identity: 'one', reason: 'exhausted' }, body });
  await Promise.all([worker.stop(), next.stop()]);
  await Promise.all([broker.close(), pool.end(), new Promise((resolve) => closing.close(resolve))]);
});
