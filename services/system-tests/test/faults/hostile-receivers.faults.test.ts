import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startDnsServer, type DnsServer } from '@callbus/testing/network/dns-server';
import { waitFor } from '@callbus/testing/wait-for';
import { createRandom } from './support/random.js';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

const account = 'hostile';
/** Allows for a busy machine. Without the limits it is half a minute, the time of the slowest look-up or judgement. */
const p99MostMs = 5_000;
const steady = { eventsPerS: 100, listLength: 5 };

let dns: DnsServer;
let stage: Stage;

beforeAll(async () => {
  dns = await startDnsServer((name) =>
    name === 'receiver.test' ? { addresses: ['127.0.0.1'], ttlS: 0 } : name.includes('dead') ? 'silence' : undefined,
  );
  // The working name is looked up every second, as often as the names of many receivers.
  const env = { CALLBACK_DNS_SERVERS: dns.address, CALLBACK_CONNECTION_MAX_AGE: '1s' };
  stage = await openStage({ subscriptions: 1, env });
  const { client, ids, ledger, paths } = stage;
  const named = await client.update(ids[0]!, {
    subscription_name: 'named',
    callback_url: `${ledger.url.replace('127.0.0.1', 'receiver.test')}${paths[0]!}`,
    subscription_form: '#',
    payload_format: 'cloudevents-binary',
  });
  expect(named.status).toBe(200);
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
  await dns.close();
}, 120_000);

async function subscribeHostile(
  count: number,
  fieldsOf: (number: number) => Record<string, unknown>,
): Promise<number[]> {
  const ids: number[] = [];
  for (let number = 0; number < count; number += 1) {
    const fields = { subscription_name: `${stage.ledger.total()} ${number}`, max_attempts: 1, ...fieldsOf(number) };
    ids.push(await stage.client.subscribe(fields, account));
  }
  return ids;
}

async function publishHostile(type: string, number: number): Promise<void> {
  const event = JSON.stringify({ specversion: '1.0', id: `${type}-${number}`, source: 'hostile', type });
  const headers = { 'content-type': 'application/cloudevents+json', http_bk_supplier_account: account };
  await waitFor(async () => (await stage.client.publishRaw('/cloudevents', event, headers)).status === 202, {
    what: 'a hostile event',
  });
}

/** @returns the answers of all attempts of a subscription */
async function answersOf(id: number): Promise<string[]> {
  const { data } = await stage.client.http.get<{ data: { info: { answer: string }[] } }>(
    `${stage.client.api}/event/subscribe/${account}/2/${id}/attempts?limit=100`,
  );
  return data.data.info.map(({ answer }) => answer);
}

/** Publishes steadily from another account, before and beside the hostile events. @returns what became of both */
async function beside(name: string, hostile: { readonly events: number; readonly publish: () => Promise<void> }) {
  const { ledger, paths, servers } = stage;
  const rows = async () => (await undeliveredRows(servers.place.databaseUrl)).length;
  const rowsBefore = await rows();
  const load = stage.load({ name: name.replaceAll(' ', '-'), ...steady });
  await waitFor(() => load.accepted.size >= 500, { what: 'events before' });
  const first = new Set(load.accepted);
  await waitFor(() => ledger.has(paths, first), { what: 'their callbacks', timeoutMs: 60_000 });
  const beforeMs = ledger.latencyMs(paths, 0.99);
  await hostile.publish();
  const resumed = load.accepted.size;
  await waitFor(() => load.accepted.size >= resumed + 700, { what: 'events beside', timeoutMs: 60_000 });
  await load.stop();
  const count = await stage.settle(load);
  const besideMs = ledger.latencyMs(paths, 0.99);
  await waitFor(async () => (await rows()) - rowsBefore >= hostile.events, {
    what: 'the hostile events in undelivered',
    timeoutMs: 60_000,
  }).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  const undelivered = (await rows()) - rowsBefore;
  report(name, count, {
    'hostile in undelivered': `${undelivered} of ${hostile.events}`,
    'p99 of the other account ms': `${besideMs}, ${beforeMs} before`,
  });
  return { count, besideMs, undelivered };
}

test('forty names without an answer from DNS do not delay other receivers', async () => {
  const names = 40;
  const rounds = 4;
  const ids = await subscribeHostile(names, (number) => ({
    callback_url: `http://h${number}.dead${number % 20}.test/`,
    subscription_form: 'hostile.names',
    timeout: 10,
  }));
  const publish = async () => {
    for (let round = 0; round < rounds; round += 1) await publishHostile('names', round);
  };
  const { count, besideMs, undelivered } = await beside('A4 dead names', { events: names * rounds, publish });
  expect(count.lost).toBe(0);
  expect(undelivered).toBe(names * rounds);
  expect(besideMs).toBeLessThan(p99MostMs);
  for (const answer of await answersOf(ids[0]!)) expect(answer).toMatch(/^look-up of h0\.dead0\.test failed/);
});

test('two hundred answers that are expensive to judge do not delay other receivers', async () => {
  const { ledger } = stage;
  const random = createRandom(2);
  const letters = Array.from({ length: 65_535 }, () => random.of(['a', 'b'])).join('');
  const subscriptions = 200;
  const ids = await subscribeHostile(subscriptions, (number) => {
    const path = `/judged/${number}`;
    ledger.answerWith(path, { status: 200, body: `c${letters}` });
    return {
      callback_url: `${ledger.url}${path}`,
      subscription_form: 'hostile.judged',
      confirm_mode: 'regular',
      confirm_pattern: '([ab]*a[ab]{180}|[ab]*b[ab]{180})c',
    };
  });
  const publish = () => publishHostile('judged', 0);
  const { count, besideMs, undelivered } = await beside('A2 hard answers', { events: subscriptions, publish });
  expect(count.lost).toBe(0);
  expect(undelivered).toBe(subscriptions);
  expect(besideMs).toBeLessThan(p99MostMs);
  for (const id of ids.slice(0, 5)) {
    for (const answer of await answersOf(id)) expect(answer).toMatch(/the confirm pattern took|too many answers/);
  }
});
