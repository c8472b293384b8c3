import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import pg from 'pg';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';

const account = 'large';
const subscriptions = 160;
/** Names of 1,000 bytes, so that each subscription has a megabyte. */
const namesEach = 1_000;
const searchesAtOnce = 20;
const searchedMs = 10_000;
const costly = { condition: { subscription_form: { $regex: '[ab]*a[ab]{250}c' } } };

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 1 });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0, 0]);
}, 120_000);

async function storeLarge(): Promise<void> {
  const database = new pg.Client(stage.servers.place.databaseUrl);
  await database.connect();
  for (let number = 0; number < subscriptions; number += 1)
    await database.query(
      `INSERT INTO subscriptions (account, biz_id, operator, name, system_name, callback_url, confirm_mode, confirm_pattern,
         event_names, timeout_s, enabled, payload_format, headers, max_attempts, max_in_flight, revision, saved_at)
       SELECT $1, 2, '', 'large ' || $2::int, '', $3, 'httpstatus', '200',
         array_agg($2::int || '.' || place || '.' || translate(repeat(md5(place::text), 31), '0123456789cdef', 'abababababbaab')),
         10, true, 'source', '{}', 10, 64, nextval('revisions'), now()
       FROM generate_series(1, $4::int) AS place`,
      [account, number, `${stage.ledger.url}/large`, namesEach],
    );
  await database.end();
}

test('with 160 MiB of subscriptions a new worker becomes ready, and as the only worker it loses nothing', async () => {
  const { bus, ledger, paths } = stage;
  const load = stage.load({ name: 'directory', eventsPerS: 100, listLength: 5 });
  await waitFor(() => load.accepted.size >= 300 && ledger.has(paths, load.accepted), { what: 'events before' });
  const before = ledger.latencyMs(paths, 0.99);
  await storeLarge();

  const startedAt = performance.now();
  await bus.addWorker();
  const readyAfterMs = performance.now() - startedAt;
  expect(await bus.delivery.stop()).toBe(0);
  const alone = load.accepted.size;
  await waitFor(() => load.accepted.size >= alone + 300, { what: 'events for the new worker' });
  await load.stop();
  const count = await stage.settle(load);
  report('A3 a directory of 160 MiB', count, {
    'ready after ms': Math.round(readyAfterMs),
    "other account's p99 ms": ledger.latencyMs(paths, 0.99),
    'before ms': before,
  });
  expect(count).toMatchObject({ duplicate: 0, lost: 0 });
});

test('beside twenty expensive searches of one account, other accounts are managed and served as before', async () => {
  const { client, ledger, paths } = stage;
  const load = stage.load({ name: 'searched', eventsPerS: 100, listLength: 5 });
  const seen = new Map<number, number>();
  let isOver = false;
  const searching = Array.from({ length: searchesAtOnce }, async () => {
    while (!isOver) {
      const { status } = await client.http.post(`${client.api}/event/subscribe/search/${account}/2`, costly);
      seen.set(status, (seen.get(status) ?? 0) + 1);
      if (status === 429) await sleep(20);
    }
  });
  const tookMs: number[] = [];
  const endAt = performance.now() + searchedMs;
  for (let number = 0; performance.now() < endAt; number += 1) {
    const startedAt = performance.now();
    const created = await client.subscribe(
      { subscription_name: `made ${number}`, callback_url: `${ledger.url}/made`, subscription_form: 'never' },
      'modest',
    );
    const found = await client.http.post(`${client.api}/event/subscribe/search/modest/2`, {
      condition: { subscription_id: created },
    });
    expect(found.status).toBe(200);
    tookMs.push(performance.now() - startedAt);
  }
  isOver = true;
  await Promise.all(searching);
  await load.stop();
  const count = await stage.settle(load);
  report('A5 twenty costly searches at once', count, {
    "other account's p99 ms": ledger.latencyMs(paths, 0.99),
    'its creates and searches': tookMs.length,
    'slowest ms': Math.round(Math.max(...tookMs)),
    'answered 400': seen.get(400) ?? 0,
    'answered 429': seen.get(429) ?? 0,
  });
  expect([...seen.keys()].filter((status) => status !== 400 && status !== 429)).toEqual([]);
  expect(count).toMatchObject({ duplicate: 0, lost: 0 });
});
