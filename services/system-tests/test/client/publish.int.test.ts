import type { ServerResponse } from 'node:http';
import { createClient, type Client, type ClientOptions, type Event, type Outcome } from '@callbus/client';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openDoor, type Door } from '../support/door.js';
import { openApis, type OpenApis } from '../support/open-apis.js';

let apis: OpenApis;
let door: Door;
let client: Client;

beforeAll(async () => {
  apis = await openApis();
  door = await openDoor(apis.url);
});
afterEach(() => client.close());
afterAll(async () => {
  await door.close();
  await apis.close();
});

function open(options: Partial<ClientOptions> = {}): Client {
  door.requests.length = 0;
  client = createClient({ url: door.url, retry: { firstMs: 5 }, ...options });
  return client;
}

/** A busy machine must not send a list before it is full. */
const gather = { waitMs: 300 };

let made = 0;
const event = (more: object = {}) => ({ id: `id-${(made += 1)}`, source: 's', type: 't', data: { a: 1 }, ...more });
const notification = { event_source: 'a', event_topic: 'b', event_type: 'c', event_status: '1', changes: [1] };

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('publish', () => {
  test('takes CloudEvents and ETC notifications, and says which event was a repeat', async () => {
    const { publish } = open();
    const one = event();
    expect(await publish(one)).toEqual({ id: one.id, repeated: false });
    expect(await publish(one)).toEqual({ id: one.id, repeated: true });
    expect(await publish({ source: 's', type: 't' })).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      repeated: false,
    });
    expect(await publish(notification)).toEqual({ id: expect.stringMatching(/^[\da-f-]{36}$/), repeated: false });
  });

  test('sends bytes as base64', async () => {
    const { publish } = open();
    await publish(event({ data: new Uint8Array([0, 1, 254, 255]), datacontenttype: 'application/octet-stream' }));
    const sent = JSON.parse(door.requests[0]!.body) as object;
    expect(sent).toMatchObject({ data_base64: 'AAH+/w==' });
    expect(sent).not.toHaveProperty('data');
  });

  test('repeats after 503, a lost answer and no answer, with the same id, and reports the repeat', async () => {
    const { publish } = open();
    door.answerNext((response) => response.writeHead(503).end());
    door.answerNext((response) => response.destroy());
    door.loseNextAnswer();
    expect(await publish({ source: 's', type: 't' })).toMatchObject({ repeated: true });
    expect(new Set(door.requests.map(({ body }) => body)).size).toBe(1);
    expect(door.requests).toHaveLength(4);
  });

  test('waits as long as the bus asks for', async () => {
    const { publish } = open();
    for (const status of [503, 429]) {
      door.answerNext((response) => response.writeHead(status, { 'retry-after': '1' }).end());
      const start = performance.now();
      await publish(event());
      expect(performance.now() - start).toBeGreaterThanOrEqual(1_000);
    }
  });

  test('does not repeat what no repetition changes', async () => {
    const { publish } = open();
    await expect(publish(event({ source: '' }))).rejects.toMatchObject({ status: 400, code: 'INVALID_PARAMETER' });
    door.answerNext((response) => response.writeHead(429).end());
    await expect(publish(event())).rejects.toMatchObject({ status: 429 });
    await expect(publish(event({ data: 1n }))).rejects.toMatchObject({ code: 'NO_EVENT' });
    await expect(publish(5 as unknown as Event)).rejects.toMatchObject({ code: 'NO_EVENT' });
    await expect(publish(event(), { hops: 9 })).rejects.toMatchObject({ status: 508, code: 'LOOP_DETECTED' });
    expect(door.requests).toHaveLength(3);
  });

  test('gives up when the time for repetitions is over, with the last error', async () => {
    const { publish } = open({ retry: { firstMs: 5, longestMs: 20, forMs: 500 } });
    const refuse = (response: ServerResponse) => response.writeHead(503).end('{"code":"SERVICE_UNAVAILABLE"}');
    for (let times = 0; times < 200; times += 1) door.answerNext(refuse);
    await expect(publish(event())).rejects.toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    const count = door.requests.length;
    expect(count).toBeGreaterThan(1);
    for (let left = 200 - count; left > 0; left -= 1) await fetch(door.url, { method: 'POST' });
  });

  test('gathers events into lists when asked, and answers each for itself', async () => {
    const { publish } = open({ gather });
    const events = Array.from({ length: 150 }, (_, index) => event(index === 70 ? { type: '' } : {}));
    const ends = await Promise.allSettled([...events, notification].map((each) => publish(each)));
    const failed = ends.map((end, index) => ({ end, index })).filter(({ end }) => end.status === 'rejected');
    expect(failed).toEqual([
      { index: 70, end: { status: 'rejected', reason: expect.objectContaining({ code: 'INVALID_PARAMETER' }) } },
    ]);
    const batches = door.requests.filter(({ type }) => type === 'application/cloudevents-batch+json');
    expect(batches.length).toBeGreaterThan(0);
    expect(door.requests.length).toBeLessThan(30);
  });
});

describe('publishMany', () => {
  test('returns what became of each event, in order, and takes events only as fast as they are stored', async () => {
    const { publishMany } = open({ eventsInHand: 50, gather: { ...gather, events: 10 } });
    const known = event();
    await client.publish(known);
    let taken = 0;
    let ended = 0;
    let most = 0;
    function* events() {
      for (let index = 0; index < 500; index += 1) {
        taken += 1;
        most = Math.max(most, taken - ended);
        yield index === 0 ? known : event(index === 100 ? { source: '' } : {});
      }
    }
    const outcomes: Outcome<ReturnType<typeof event>>[] = [];
    for await (const outcome of publishMany(events())) {
      ended += 1;
      outcomes.push(outcome);
    }
    expect(outcomes).toHaveLength(500);
    expect(outcomes[0]).toEqual({ event: known, published: { id: known.id, repeated: true } });
    expect(outcomes[100]).toMatchObject({ error: { code: 'INVALID_PARAMETER' } });
    expect(outcomes.filter(({ error }) => error !== undefined)).toHaveLength(1);
    for (const { event: each, published } of outcomes) expect(published?.id ?? each.id).toBe(each.id);
    expect(door.requests.length).toBeLessThan(150);
    // One is taken ahead.
    expect(most).toBeLessThanOrEqual(51);
  });

  test('does not say which events of a list are repeats, where the bus does not', async () => {
    const { publishMany } = open({ gather });
    const known = event();
    await client.publish(known);
    const [, ...rest] = await all(publishMany([event(), event(), known, event()]));
    expect(rest[1]).toMatchObject({ published: { id: known.id } });
    for (const { published } of rest) expect(published).not.toHaveProperty('repeated');
  });
});

test('after close nothing is taken, and what was taken is stored', async () => {
  const { publish, close } = open({ eventsInHand: 1 });
  let stored = 0;
  const publishes = [1, 2, 3].map(async () => {
    await publish(event());
    stored += 1;
  });
  const closing = close();
  await expect(publish(event())).rejects.toThrow('the client is closed');
  await closing;
  await waitFor(() => stored === 3, { what: 'the publishes' });
  await Promise.all(publishes);
});
