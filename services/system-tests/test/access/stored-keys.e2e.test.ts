import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addKey } from '@callbus/runtime/auth/key-file';
import { isolate, type Place } from '@callbus/testing/isolate';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { busEnvironment, startService, type ServiceProcess } from '@callbus/testing/processes/service-process';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axios from 'axios';
import pg from 'pg';

let place: Place;
let directory: string;
let postgres: TcpProxy;
/** The broker as ingest reaches it. */
let rabbitmq: TcpProxy;
let services: { ingest: ServiceProcess; subscription: ServiceProcess; replica: ServiceProcess };
/** Keys of the key file. */
let admin: string;
let publisher: string;
/** Every stored key that was made. */
const made: string[] = [];

beforeAll(async () => {
  place = await isolate({ database: true });
  directory = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
  const KEYS_FILE = join(directory, 'keys.json');
  admin = await addKey(KEYS_FILE, { account: 'acme', user: 'ada', roles: ['admin'] });
  publisher = await addKey(KEYS_FILE, { account: 'acme', roles: ['publish'] });
  const bus = { ...busEnvironment(place), PORT: '0', AUTH: 'keys', KEYS_FILE };
  postgres = await openTcpProxy(place.databaseUrl);
  rabbitmq = await openTcpProxy(place.amqpUrl);
  const subscription = await startService({ name: 'subscription', env: { ...bus, DATABASE_URL: postgres.url } });
  const [ingest, replica] = await Promise.all([
    startService({
      name: 'ingest',
      env: { ...bus, AMQP_URL: rabbitmq.url, SUBSCRIPTION_URL: subscription.url, LOG_LEVEL: 'debug' },
    }),
    startService({ name: 'subscription', env: bus }),
  ]);
  services = { ingest, subscription, replica };
}, 60_000);
afterAll(async () => {
  await Promise.all(Object.values(services).map((service) => service.stop()));
  await Promise.all([postgres.close(), rabbitmq.close(), rm(directory, { recursive: true })]);
  await place.cleanUp();
});

const http = axios.create({ validateStatus: () => true, proxy: false });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const keysUrl = ({ url }: ServiceProcess) => `${url}/api/v3/event/keys/acme`;

interface Listed {
  readonly id: string;
  readonly last_used_at: string | null;
}

async function make(roles: readonly string[], expiresAt?: string): Promise<{ id: string; key: string }> {
  const wanted = { roles, user: 'robot', expires_at: expiresAt };
  const answer = await http.post<{ data: { id: string; key: string } }>(keysUrl(services.subscription), wanted, {
    headers: bearer(admin),
  });
  expect(answer.status).toBe(200);
  made.push(answer.data.data.key);
  return answer.data.data;
}

const revoke = async (id: string) =>
  (await http.delete(`${keysUrl(services.subscription)}/${id}`, { headers: bearer(admin) })).status;

let events = 0;
async function publish(key: string) {
  events += 1;
  const event = { specversion: '1.0', id: String(events), source: 's', type: 't' };
  const headers = { ...bearer(key), 'content-type': 'application/cloudevents+json' };
  return http.post<unknown>(`${services.ingest.url}/cloudevents`, event, { headers });
}
const publishes = async (key: string) => (await publish(key)).status;

async function searches(key: string, at: ServiceProcess = services.subscription) {
  const search = `${at.url}/api/v3/event/subscribe/search/acme/0`;
  return (await http.post(search, {}, { headers: bearer(key) })).status;
}

/** Within a second, everywhere. */
async function expectRefused(key: string): Promise<void> {
  const statuses = async () => [await publishes(key), await searches(key), await searches(key, services.replica)];
  await waitFor(async () => (await statuses()).every((status) => status === 401), {
    what: 'the revocation',
    timeoutMs: 1_000,
  });
}

test('a key is valid everywhere once it is made, and refused everywhere within a second of its revocation', async () => {
  const { id, key } = await make(['publish', 'manage']);
  const statuses = () => Promise.all([publishes(key), searches(key), searches(key, services.replica)]);
  await waitFor(async () => (await statuses()).join() === '202,200,200', { what: 'the key', timeoutMs: 1_000 });
  expect(await revoke(id)).toBe(200);
  await expectRefused(key);
  expect(await revoke(id)).toBe(200);
  expect(await revoke('unknown')).toBe(404);
});

test('roles and accounts of stored keys hold', async () => {
  const { key: publishing } = await make(['publish']);
  const { key: looking } = await make(['look']);
  expect([await publishes(publishing), await searches(publishing)]).toEqual([202, 403]);
  expect([await publishes(looking), await searches(looking)]).toEqual([403, 200]);
  const headers = { ...bearer(looking), HTTP_BK_SUPPLIER_ACCOUNT: 'other' };
  const foreign = await http.post(
    `${services.subscription.url}/api/v3/event/subscribe/search/other/0`,
    {},
    { headers },
  );
  expect(foreign.status).toBe(403);
});

test('a key is refused from its expiry on', async () => {
  const expiresAt = Date.now() + 1_500;
  const { key } = await make(['publish', 'look'], new Date(expiresAt).toISOString());
  expect([await publishes(key), await searches(key)]).toEqual([202, 200]);
  await expect(waitFor(() => Date.now() >= expiresAt, { what: 'the expiry' })).resolves.toBe(true);
  expect([await publishes(key), await searches(key), await searches(key, services.replica)]).toEqual([401, 401, 401]);
});

test('the last use is listed, of each service', async () => {
  const [ingested, searched] = [await make(['publish']), await make(['look'])];
  expect([await publishes(ingested.key), await searches(searched.key)]).toEqual([202, 200]);
  await waitFor(
    async () => {
      const { data } = await http.get<{ data: { keys: readonly Listed[] } }>(keysUrl(services.replica), {
        headers: bearer(admin),
      });
      const used = data.data.keys.filter(({ last_used_at: at }) => at !== null).map(({ id }) => id);
      return used.includes(ingested.id) && used.includes(searched.id);
    },
    { what: 'the uses', timeoutMs: 30_000 },
  );
}, 60_000);

test('during outages of Postgres and RabbitMQ the known keys stay valid, and others stay unknown', async () => {
  const { id, key } = await make(['publish', 'look']);
  expect([await publishes(key), await searches(key)]).toEqual([202, 200]);
  postgres.refuse();
  postgres.cut();
  rabbitmq.refuse();
  rabbitmq.cut();
  // 503: the caller is known, and the store is away.
  await waitFor(async () => (await searches(key)) === 503, { what: 'the outage of Postgres' });
  await waitFor(async () => (await publishes(key)) === 503, { what: 'the outage of RabbitMQ' });
  expect([await publishes('callbus_unknown'), await searches('callbus_unknown')]).toEqual([401, 401]);
  postgres.accept();
  await waitFor(async () => (await revoke(id)) === 200, { what: 'the revocation' });
  rabbitmq.accept();
  await waitFor(async () => (await publishes(key)) === 401, { what: 'the revocation at ingest', timeoutMs: 20_000 });
  await waitFor(async () => (await publishes(publisher)) === 202, { what: 'publishing', timeoutMs: 20_000 });
}, 60_000);

test('without the subscription service ingest goes on, and one that starts cannot judge stored keys yet', async () => {
  const { key } = await make(['publish']);
  expect(await services.subscription.stop()).toBe(0);
  expect([await publishes(key), await publishes(publisher)]).toEqual([202, 202]);
  expect(await services.ingest.stop()).toBe(0);
  await services.ingest.start();
  expect(await publishes(publisher)).toBe(202);
  const refused = await publish(key);
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '2']);
  await services.subscription.start();
  await waitFor(async () => (await publishes(key)) === 202, { what: 'the key' });
  expect(await publishes('callbus_unknown')).toBe(401);
}, 60_000);

test('no key is logged or stored', async () => {
  const client = new pg.Client(place.databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ row: string }>('SELECT keys::text AS row FROM keys');
  await client.end();
  const kept = JSON.stringify([rows, Object.values(services).map(({ log }) => log)]);
  expect(rows.length).toBeGreaterThanOrEqual(made.length);
  expect(made.filter((key) => kept.includes(key) || kept.includes(key.replace('callbus_', '')))).toEqual([]);
  expect(Object.values(services).flatMap(({ deaths }) => deaths)).toEqual([]);
});
