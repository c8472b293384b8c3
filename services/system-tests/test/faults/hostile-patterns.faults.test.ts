import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import pg from 'pg';
import { createRandom } from './support/random.js';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';

const account = 'hostile';
const subscriptions = 6;
const patternsEach = 1_000;
const heapMiB = 160;
/** Added to the usual p99. Without the limit on matching it grew by seconds for each second of the flood. */
const p99MoreMs = 1_000;
const hostilePublishers = 2;

const random = createRandom(14);
let shared = '';
const aOrAny = (words: number) => Array.from({ length: words }, () => random.of(['a', '*'])).join('.');
/** Within every limit. A hostile name matches every prefix of the pattern, and two patterns share all words but one. */
const withinBounds = (number: number) => (number % 2 === 0 ? (shared = `#.${aOrAny(28)}`) + '.b.#' : `${shared}.c.#`);
/** Beyond the limits, as patterns could be stored before there were limits. */
const beyondBounds = (number: number) => `#.a.${'#.*.'.repeat(250)}end${number}`;
const patterns = (patternOf: (number: number) => string) =>
  [...new Set(Array.from({ length: patternsEach }, (_, number) => patternOf(number)))].join();

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({
    subscriptions: 1,
    workers: 2,
    env: { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` },
  });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0, 0, 0]);
}, 120_000);

/** @returns the ids of the subscriptions within the limits */
async function subscribeHostile(): Promise<number[]> {
  const { client, ledger, servers } = stage;
  const ids: number[] = [];
  for (let number = 0; number < subscriptions; number += 1)
    ids.push(
      await client.subscribe(
        {
          subscription_name: `within ${number}`,
          callback_url: `${ledger.url}/hostile`,
          subscription_form: patterns(withinBounds),
        },
        account,
      ),
    );
  const database = new pg.Client(servers.postgres.url);
  await database.connect();
  for (let number = 0; number < subscriptions; number += 1)
    await database.query(
      `INSERT INTO subscriptions (account, biz_id, operator, name, system_name, callback_url, confirm_mode, confirm_pattern,
         event_names, timeout_s, enabled, payload_format, headers, max_attempts, max_in_flight, revision, saved_at)
       VALUES ($1, 2, '', $2, '', $3, 'httpstatus', '200', string_to_array($4, ','), 10, true, 'source', '{}', 10, 64,
         nextval('revisions'), now())`,
      [account, `beyond ${number}`, `${ledger.url}/hostile`, patterns(beyondBounds)],
    );
  await database.end();
  return ids;
}

/** Publishes events with the longest names, one after the other. @returns the ids of the accepted ones */
async function publishHostile(publisher: number, signal: AbortSignal): Promise<string[]> {
  const accepted: string[] = [];
  const source = `b.c.${Array(253).fill('a').join('.')}`;
  const headers = { 'content-type': 'application/cloudevents+json', http_bk_supplier_account: account };
  for (let number = 0; !signal.aborted; number += 1) {
    const id = `hostile-${publisher}-${number}`;
    const event = { specversion: '1.0', id, source, type: 'a', time: new Date().toISOString() };
    const answer = await stage.client.publishRaw('/cloudevents', JSON.stringify(event), headers);
    if (answer.status === 202) accepted.push(id);
  }
  return accepted;
}

test('six subscriptions of a thousand hostile patterns do not delay other accounts, on workers with little memory', async () => {
  const { bus, client, ledger, paths } = stage;
  const name = 'mine';
  const load = stage.load({ name, eventsPerS: 100, listLength: 5 });
  await waitFor(() => load.accepted.size >= 500, { what: 'events before', timeoutMs: 60_000 });
  await waitFor(() => ledger.has(paths, new Set(load.accepted)), { what: 'their callbacks', timeoutMs: 60_000 });
  const before = ledger.latencyMs(paths, 0.99);

  const costly = await subscribeHostile();
  // A new worker lists the subscriptions, so it also gets those that no change announced.
  const newcomer = await bus.addWorker();
  const received = { callback_url: `${ledger.url}/received`, payload_format: 'cloudevents-binary' };
  await client.subscribe({ subscription_name: 'received', subscription_form: '#.a', ...received }, account);
  ledger.latencyMs(paths, 0.99);
  const stopping = new AbortController();
  const publishing = Array.from({ length: hostilePublishers }, (_, publisher) =>
    publishHostile(publisher, stopping.signal),
  );
  const resumed = load.accepted.size;
  await waitFor(() => load.accepted.size >= resumed + 1_000, { what: 'events beside', timeoutMs: 60_000 });
  stopping.abort();
  const hostile = new Set((await Promise.all(publishing)).flat());
  await load.stop();
  await waitFor(() => ledger.has(paths, load.accepted), { what: 'the events beside', timeoutMs: 60_000 });
  const beside = ledger.latencyMs(paths, 0.99);
  // Without these subscriptions the waiting events are matched like others.
  for (const id of costly) await client.unsubscribe(id, account);
  await waitFor(() => ledger.has(['/received'], hostile), { what: 'the hostile events', timeoutMs: 180_000 }).catch(
    (error: unknown) => process.stderr.write(`${String(error)}\n`),
  );
  const count = await stage.settle(load);
  const others = ledger.count(['/received'], hostile);

  const found = await client.http.post<{ data: { info: { subscription_name: string; pattern_over_limit?: true }[] } }>(
    `${client.api}/event/subscribe/search/${account}/2`,
  );
  const flagged = found.data.data.info.filter((item) => item.pattern_over_limit === true);
  report('A1 hostile patterns', count, {
    'workers of MiB': heapMiB,
    'hostile events': others.accepted,
    'of them lost': others.lost,
    'p99 of these ms': ledger.latencyMs(['/received'], 0.99),
    'p99 of the other account ms': `${beside}, ${before} before`,
  });
  expect(flagged.map((item) => item.subscription_name).sort()).toEqual(
    Array.from({ length: subscriptions }, (_, number) => `beyond ${number}`),
  );
  expect(newcomer.child.exitCode).toBeNull();
  expect([count.lost, others.lost]).toEqual([0, 0]);
  expect(beside).toBeLessThan(5 * before + p99MoreMs);
});
