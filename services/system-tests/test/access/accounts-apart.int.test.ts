import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allRoles } from '@callbus/contracts/keys/holder';
import { addKey } from '@callbus/runtime/auth/key-file';
import { createLogger } from '@callbus/runtime/observability/logger';
import { readConfig } from '@callbus/runtime/config/read-config';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axios, { type AxiosInstance } from 'axios';
import { startStandalone, type Standalone } from '@callbus/standalone/service';
import { standaloneSettings } from '@callbus/standalone/settings';

/** One of two accounts that use the same names and ids. */
interface Account {
  readonly name: string;
  readonly http: AxiosInstance;
  readonly receiver: Receiver;
  /** A subscription whose receiver confirms every callback. */
  readonly willing: number;
  /** A subscription whose receiver confirms no callback. */
  readonly failing: number;
}

const etc = { event_source: 'same', event_topic: 'same', event_type: 'same', event_status: '1' };
const [busEvent, cloudEvent] = ['event-of-the-bus', 'cloud-event'];

let directory: string;
let place: Place;
let bus: Standalone;
let ours: Account;
let theirs: Account;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
  place = await isolate({ database: true });
  const KEYS_FILE = join(directory, 'keys.json');
  const keys = [
    await addKey(KEYS_FILE, { account: 'ours', roles: allRoles }),
    await addKey(KEYS_FILE, { account: 'theirs', roles: allRoles }),
  ];
  const config = readConfig(standaloneSettings, {
    PORT: '0',
    AUTH: 'keys',
    KEYS_FILE,
    AMQP_URL: place.amqpUrl,
    BROKER_PREFIX: place.brokerPrefix,
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: place.redisUrl,
    REDIS_PREFIX: place.redisPrefix,
    CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
  });
  bus = await startStandalone({
    config,
    logger: createLogger({ service: 'test', level: 'silent' }),
    stopping: new AbortController().signal,
    show: () => undefined,
  });
  ours = await openAccount('ours', keys[0]!);
  theirs = await openAccount('theirs', keys[1]!);
  await publishEverywhere(ours);
  await publishEverywhere(theirs);
  await waitFor(() => [ours, theirs].every(({ receiver }) => receiver.requests.length >= 6), { what: 'the callbacks' });
});
afterAll(async () => {
  await bus.close();
  await Promise.all([ours.receiver.close(), theirs.receiver.close()]);
  await place.cleanUp();
  await rm(directory, { recursive: true });
});

async function openAccount(name: string, key: string): Promise<Account> {
  const receiver = await openReceiver({ answer: ({ path }) => ({ status: path === '/failing' ? 500 : 200 }) });
  const http = axios.create({
    baseURL: bus.url,
    proxy: false,
    headers: { authorization: `Bearer ${key}`, connection: 'close' },
  });
  const subscribe = async (path: string) => {
    const { data } = await http.post<{ data: { subscription_id: number } }>(`/api/v3/event/subscribe/${name}/2`, {
      subscription_name: path,
      callback_url: receiver.url + path,
      confirm_mode: 'httpstatus',
      subscription_form: 'same.#',
      max_attempts: 1,
    });
    return data.data.subscription_id;
  };
  return { name, http, receiver, willing: await subscribe('/willing'), failing: await subscribe('/failing') };
}

/** Publishes events whose ids are the same in both accounts. Only the data differ. */
async function publishEverywhere({ name, http }: Account): Promise<void> {
  const event = { source: 'same', type: 'same', data: { of: name } };
  await http.post('/api/publish', { ...etc, changes: [name] });
  await http.post('/v1/event-bus/event/recv', { eventBusId: 'same', eventList: [{ ...event, id: busEvent }] });
  await http.post('/cloudevents', JSON.stringify({ ...event, id: cloudEvent, specversion: '1.0' }), {
    headers: { 'content-type': 'application/cloudevents+json' },
  });
}

describe.each([
  ['ours', () => [ours, theirs] as const],
  ['theirs', () => [theirs, ours] as const],
])('%s', (_name, accounts) => {
  test('is called with its own events only', () => {
    const [own, other] = accounts();
    const bodies = own.receiver.requests.map(({ body }) => body.toString());
    expect(bodies).toHaveLength(6);
    expect(bodies.filter((body) => body.includes(`"${own.name}"`))).toHaveLength(6);
    expect(bodies.filter((body) => body.includes(`"${other.name}"`))).toEqual([]);
  });

  test('finds its own subscriptions with their own counters', async () => {
    const [{ name, http, willing, failing }] = accounts();
    const search = async () => {
      const { data } = await http.post<{ data: { info: object[] } }>(`/api/v3/event/subscribe/search/${name}/2`, {
        fields: ['subscription_id', 'statistics'],
        page: { sort: 'subscription_id' },
      });
      return data.data;
    };
    const expected = {
      count: 2,
      info: [
        { subscription_id: willing, statistics: { total: 3, failure: 0 } },
        { subscription_id: failing, statistics: { total: 3, failure: 3 } },
      ],
    };
    await waitFor(async () => JSON.stringify(await search()) === JSON.stringify(expected), { what: 'the counters' });
  });

  test('finds its own events and subscriptions in traces', async () => {
    const [{ name, http, willing, failing }] = accounts();
    for (const id of [busEvent, cloudEvent]) {
      const trace = async () =>
        (
          await http.get<{ data: { subscriptions: { subscription_id: number; state: string }[] } }>(
            `/api/v3/event/trace/${name}/${id}`,
          )
        ).data.data.subscriptions;
      await waitFor(async () => (await trace()).every(({ state }) => state.endsWith('delivered')), {
        what: 'the ends',
      });
      expect((await trace()).map((story) => [story.subscription_id, story.state])).toEqual([
        [willing, 'delivered'],
        [failing, 'undelivered'],
      ]);
    }
  });

  test('keeps its own attempts and undelivered events', async () => {
    const [{ name, http, failing }] = accounts();
    const one = `/api/v3/event/subscribe/${name}/2/${failing}`;
    const countOf = async (what: string) =>
      (await http.get<{ data: { count: number } }>(`${one}/${what}`)).data.data.count;
    await waitFor(async () => (await countOf('undelivered')) === 3, { what: 'the undelivered events' });
    expect(await countOf('attempts')).toBe(3);
    const { data } = await http.get<unknown>(`${one}/undelivered?event=true`);
    const text = JSON.stringify(data);
    expect([text.split(`"${name}"`).length > 3, text.includes(`"${accounts()[1].name}"`)]).toEqual([true, false]);
  });
});
