import { BrokerUnavailable, type Broker, type ReceivedMessage } from '@callbus/broker/broker';
import { createMemoryBroker } from '@callbus/broker/memory';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { readEventHeaders } from '@callbus/contracts/events/event';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { createApp } from '@callbus/runtime/http/app';
import { listen } from '@callbus/runtime/http/http-service';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createMemoryDeduplicate, type Claim, type Deduplicate } from '../src/deduplication/deduplicate.js';
import { encode } from '../src/publishing/encode.js';
import { createPublishOnce, type Publish } from '../src/publishing/publish.js';
import { createRedisDeduplicate } from '../src/deduplication/redis-deduplicate.js';
import { createIngest } from '../src/service.js';
import { collectEvents, etcSample, json, openDoors, silent, type Doors } from './doors.js';

/** The answer of the event bus. */
interface Echo {
  readonly events: readonly { readonly id: string; readonly repeated?: boolean }[];
}

const busPath = '/v1/event-bus/event/recv';
const busEvent = (id: string) => ({ source: 's', type: 't', eventBusId: 'b1', id });
const listOf = (...ids: string[]) => JSON.stringify({ eventList: ids.map(busEvent) });

describe('on RabbitMQ and Redis', () => {
  let place: Place;
  let broker: Broker;
  let redis: Redis;
  let events: ReceivedMessage[];
  /** Two instances, an instance whose Redis is away, and an instance whose claims are valid for 200 ms. */
  let one: Doors, other: Doors, withoutRedis: Doors, withShortClaims: Doors;

  beforeAll(async () => {
    place = await isolate();
    const { amqpUrl: url, brokerPrefix: prefix } = place;
    broker = await createRabbitmqBroker({ url, prefix, confirmTimeoutMs: 5_000, name: 'ingest test', logger: silent });
    events = await collectEvents(broker);
    redis = connectRedis({ url: place.redisUrl, logger: silent });
    await waitFor(() => redis.status === 'ready', { what: 'Redis' });
    const awayRedis = connectRedis({ url: 'redis://127.0.0.1:1', logger: silent });
    awayRedis.disconnect();
    const openWith = (connection: Redis, claimMs = 5_000) =>
      openDoors({
        broker,
        deduplicate: createRedisDeduplicate({
          redis: connection,
          prefix: place.redisPrefix,
          windowS: 600,
          claimMs,
          logger: silent,
        }),
      });
    [one, other, withoutRedis, withShortClaims] = await Promise.all([
      openWith(redis),
      openWith(redis),
      openWith(awayRedis),
      openWith(redis, 200),
    ]);
  });
  afterAll(async () => {
    await Promise.all([one, other, withoutRedis, withShortClaims].map((doors) => doors.close()));
    redis.disconnect();
    await place.cleanUp();
  });
  beforeEach(() => void events.splice(0));

  const received = async (count: number) => {
    await waitFor(() => events.length >= count, { what: `${count} events` });
    return events.map(({ headers }) => headers['id']);
  };

  test('events of every API are in the queue, with their bytes, when the answer arrives', async () => {
    const changes = '[ 9007199254740993, {"b":1.0,"a":"\\u0041"} ]';
    const body = JSON.stringify(etcSample).replace(/\[.*\]/, changes);
    expect((await one.http.post('/api/publish', body)).status).toBe(200);
    expect((await one.http.post(busPath, listOf('q-1', 'q-2'), { headers: json })).status).toBe(200);
    const headers = {
      ...json,
      'ce-specversion': '1.0',
      'ce-id': 'q-3',
      'ce-source': '/主',
      'ce-type': 't',
      'ce-eventbusid': 'b2',
    };
    headers['ce-source'] = encodeURIComponent(headers['ce-source']);
    expect((await one.http.post('/cloudevents', changes, { headers })).status).toBe(202);

    expect((await received(4)).slice(1)).toEqual(['q-1', 'q-2', 'q-3']);
    const [etc, , , cloudEvent] = events.map((message) => ({ ...message, headers: readEventHeaders(message.headers) }));
    expect(etc?.headers).toMatchObject({ name: 'a.gs.cert.1', dialect: 'etc', bus: '', account: '0' });
    expect(etc?.body.subarray(etc.headers?.dataAt, -1).toString()).toContain(`"changes":${changes},`);
    expect(cloudEvent?.headers).toMatchObject({ name: '/主.t', bus: 'b2', dialect: 'cloudevents' });
    expect(cloudEvent?.body.subarray(cloudEvent.headers?.dataAt, -1).toString()).toBe(changes);
  });

  test('a name may have 200 words', async () => {
    const event_key = Array.from({ length: 200 }, (_, word) => `word${word}`).join('.');
    await one.http.post('/api/publish', JSON.stringify({ ...etcSample, event_key }));
    await received(1);
    expect(events[0]?.headers['name']).toBe(event_key);
  });

  test('the largest list of the largest strings is published', async () => {
    const text = (letter: string, length: number) => letter.repeat(length);
    const event = {
      source: text('s', 2_048),
      type: text('t', 2_048),
      accountId: text('a', 256),
      eventBusId: text('b', 256),
    };
    const eventList = Array.from({ length: 100 }, (_, index) => ({ ...event, id: String(index).padEnd(2_048, 'x') }));
    expect((await one.http.post(busPath, JSON.stringify({ eventList }))).status).toBe(200);
    // The order of the messages of a list is not defined.
    expect((await received(100)).toSorted()).toEqual(eventList.map(({ id }) => id).toSorted());
  });

  test('a repeat at another instance is not published again', async () => {
    expect((await one.http.post(busPath, listOf('r-1', 'r-2'))).status).toBe(200);
    expect((await other.http.post(busPath, listOf('r-2', 'r-3', 'r-1'))).status).toBe(200);
    expect((await other.http.post(busPath, listOf('r-4'))).status).toBe(200);
    expect(await received(4)).toEqual(['r-1', 'r-2', 'r-3', 'r-4']);
  });

  test('an event that two instances receive at once is published once, and one answer calls it a repeat', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `race-${index}`);
    const repeated = [];
    for (const id of ids) {
      const answers = await Promise.all([one, other].map(({ http }) => http.post<Echo>(busPath, listOf(id))));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      repeated.push(answers.flatMap(({ data }) => data.events.map((event) => event.repeated === true)).sort());
    }
    expect(repeated).toEqual(ids.map(() => [false, true]));
    await one.http.post(busPath, listOf('last'));
    expect(await received(ids.length + 1)).toEqual([...ids, 'last']);
  });

  test('lists that share events in different orders wait for each other, and publish each event once', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `mixed-${index}`);
    const lists = [listOf(...ids), listOf(...ids.toReversed()), listOf(...ids.slice(20))];
    const answers = await Promise.all(
      lists.map((list, index) => [one, other, one][index]!.http.post<Echo>(busPath, list)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const all = answers.flatMap(({ data }) => data.events);
    expect(
      all
        .filter(({ repeated }) => repeated !== true)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.toSorted());
    await one.http.post(busPath, listOf('very last'));
    expect((await received(ids.length + 1)).length).toBe(ids.length + 1);
  });

  test('each API reports repeats', async () => {
    await one.http.post(busPath, listOf('w-1'));
    const { data } = await other.http.post<Echo>(busPath, listOf('w-2', 'w-1', 'w-2'));
    expect(data.events.map(({ id, repeated }) => [id, repeated])).toEqual([
      ['w-2', undefined],
      ['w-1', true],
      ['w-2', true],
    ]);
    const cloudEvent = (id: string) => ({ specversion: '1.0', id, source: 's', type: 't', eventbusid: 'b1' });
    const batch = (...ids: string[]) =>
      other.http.post('/cloudevents', JSON.stringify(ids.map(cloudEvent)), {
        headers: { 'content-type': 'application/cloudevents-batch+json' },
      });
    expect((await batch('w-3')).headers).not.toHaveProperty('x-callbus-repeated');
    expect((await batch('w-1', 'w-4', 'w-3')).headers['x-callbus-repeated']).toBe('2');
  });

  test('an event that a dead process has claimed is published when the claim ends', async () => {
    await one.http.post(busPath, listOf('died-0'));
    await received(1);
    const identity = String(events[0]?.headers['identity']);
    await redis.del(`${place.redisPrefix}seen:${identity}`);
    await redis.set(`${place.redisPrefix}seen:${identity}:claim`, 'a process that died', 'PX', 300);
    const { status, data } = await other.http.post<Echo>(busPath, listOf('died-0', 'died-1'));
    expect([status, data.events.map(({ repeated }) => repeated)]).toEqual([200, [undefined, undefined]]);
    expect((await received(3)).toSorted()).toEqual(['died-0', 'died-0', 'died-1']);
  });

  test('an event whose claim does not end is answered 503 with Retry-After', async () => {
    await one.http.post(busPath, listOf('held'));
    await received(1);
    const identity = String(events[0]?.headers['identity']);
    await redis.del(`${place.redisPrefix}seen:${identity}`);
    await redis.set(`${place.redisPrefix}seen:${identity}:claim`, 'a process that hangs', 'PX', 60_000);
    const answer = await withShortClaims.http.post(busPath, listOf('held'));
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(events).toHaveLength(1);
  });

  test('a confirmed event is remembered by its identity', async () => {
    await one.http.post(busPath, listOf('m-1'));
    await received(1);
    expect(await redis.exists(`${place.redisPrefix}seen:${String(events[0]?.headers['identity'])}`)).toBe(1);
  });

  test('while Redis is away, publishing continues without deduplication', async () => {
    expect((await withoutRedis.http.post(busPath, listOf('f-1'))).status).toBe(200);
    expect((await withoutRedis.http.post(busPath, listOf('f-1'))).status).toBe(200);
    expect(await received(2)).toEqual(['f-1', 'f-1']);
  });
});

describe('repeats within one process', () => {
  /** An event that is too long to share a message. */
  const message = (id: string) =>
    encode({
      dialect: 'cloudevents',
      account: '0',
      bus: 'b1',
      name: 's.t',
      receivedAt: 0,
      traceContext: undefined,
      attributes: { specversion: '1.0', id, source: 's', type: 't' },
      data: { json: `"${'x'.repeat(40_000)}"` },
    });

  let memory: Broker;
  let published: string[];
  /** The unconfirmed messages, by event id. */
  let pending: Map<string, { confirm: () => void; refuse: () => void }>;
  let slow: Broker;
  let publish: Publish;

  beforeEach(() => {
    memory = createMemoryBroker({ logger: silent });
    published = [];
    pending = new Map();
    const publishEvent: Broker['publishEvent'] = ({ headers: { id } }) => {
      published.push(id);
      return new Promise((confirm, reject) => {
        pending.set(id, { confirm, refuse: () => reject(new BrokerUnavailable('blocked')) });
      });
    };
    slow = {
      ...memory,
      publishEvent,
      publishBatch: async (events) => {
        await Promise.all(events.map(publishEvent));
      },
    };
    publish = createPublishOnce({
      broker: slow,
      deduplicate: createMemoryDeduplicate({ windowS: 600, now: Date.now }),
    });
  });
  afterEach(() => memory.close());

  const inProgress = (...ids: string[]) => waitFor(() => ids.every((id) => pending.has(id)), { what: ids.join() });

  test('wait for the first publish, and share its success', async () => {
    const first = publish([message('1'), message('2')]);
    let isAnswered = false;
    const second = publish([message('2'), message('3')]).then(() => (isAnswered = true));
    await inProgress('1', '2', '3');
    pending.get('3')?.confirm();
    pending.get('1')?.confirm();
    await new Promise(setImmediate);
    expect(isAnswered).toBe(false);
    pending.get('2')?.confirm();
    await Promise.all([first, second]);
    expect(published).toEqual(['1', '2', '3']);
  });

  test('of events that another process has claimed wait, and are published when the claim is given back', async () => {
    const claimed = new Map<string, Claim>([['2', 'claimed']]);
    const elsewhere: Deduplicate = {
      claimMs: 60_000,
      claim: (identities) =>
        Promise.resolve(identities.map((identity) => claimed.get(nameOf.get(identity) ?? '') ?? 'fresh')),
      confirm: () => Promise.resolve(),
      giveBack: () => Promise.resolve(),
    };
    publish = createPublishOnce({ broker: slow, deduplicate: elsewhere });
    const list = ['1', '2', '3'].map(message);
    const nameOf = new Map(list.map(({ headers }) => [headers.identity, headers.id]));
    const all = publish(list);
    await inProgress('1', '3');
    expect(published).toEqual(['1', '3']);
    claimed.delete('2');
    await inProgress('2');
    for (const { confirm } of pending.values()) confirm();
    expect([...(await all)]).toEqual([]);

    claimed.set('2', 'claimed');
    const again = publish(list.slice(1, 2));
    claimed.set('2', 'repeat');
    expect([...(await again)]).toEqual([0]);
  });

  test('share the failure of the first publish, and can be published again', async () => {
    const attempts = [publish([message('1')]), publish([message('1')])];
    await inProgress('1');
    pending.get('1')?.refuse();
    for (const attempt of attempts) await expect(attempt).rejects.toThrow(BrokerUnavailable);

    pending.clear();
    const again = publish([message('1')]);
    await inProgress('1');
    pending.get('1')?.confirm();
    await again;
    expect(published).toEqual(['1', '1']);
  });

  test('the confirmed events of a failed list are not published again', async () => {
    const first = publish([message('1'), message('2')]);
    await inProgress('1', '2');
    pending.get('1')?.confirm();
    pending.get('2')?.refuse();
    await expect(first).rejects.toThrow(BrokerUnavailable);

    pending.clear();
    const again = publish([message('1'), message('2')]);
    await inProgress('2');
    pending.get('2')?.confirm();
    await again;
    expect(published).toEqual(['1', '2', '2']);
  });

  test('all events of a list are published at once', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => String(index));
    const all = publish(ids.map(message));
    await inProgress(...ids);
    for (const { confirm } of pending.values()) confirm();
    await all;
  });

  test('closing waits for the publish of a disconnected publisher', async () => {
    const ingest = createIngest({
      broker: slow,
      deduplicate: undefined,
      authenticate: await createAuthenticate({ AUTH: 'none' }),
      limits: { eventsPerRequest: 1, eventBytes: 1_024, nameWords: 256 },
      logger: silent,
      newId: () => 'gone',
    });
    const app = createApp({ routers: [ingest.router], readiness: ingest.readiness, logger: silent });
    const service = await listen(app, { host: '127.0.0.1', port: 0 });
    const gone = new AbortController();
    const request = fetch(`${service.url}/api/publish`, {
      method: 'POST',
      body: JSON.stringify(etcSample),
      signal: gone.signal,
    });
    await inProgress('gone');
    gone.abort();
    await expect(request).rejects.toThrow();
    await service.close();

    let isClosed = false;
    const closing = ingest.close().then(() => (isClosed = true));
    await new Promise(setImmediate);
    expect(isClosed).toBe(false);
    pending.get('gone')?.confirm();
    await closing;
  });
});
