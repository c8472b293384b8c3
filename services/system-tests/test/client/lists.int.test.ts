import { createClient, type Client, type CloudEvent, type GatherOptions } from '@callbus/client';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { openDoor, type Door } from '../support/door.js';
import { openApis, type OpenApis } from '../support/open-apis.js';

let apis: OpenApis;
let door: Door;
let client: Client;

beforeAll(async () => {
  apis = await openApis();
  door = await openDoor(apis.url);
});
afterEach(async () => {
  door.release();
  await client.close();
});
afterAll(async () => {
  await door.close();
  await apis.close();
});

/** Opens a client whose requests wait until `door.release`. Lists that are not full wait for longer than a test. */
function openHeld(gather: GatherOptions = {}, publishRequests = 1): Client {
  door.requests.length = 0;
  door.hold();
  client = createClient({ url: door.url, publishRequests, gather: { waitMs: 60_000, ...gather } });
  return client;
}

const event = (id: string, more: Partial<CloudEvent> = {}): CloudEvent => ({ id, source: 's', type: 't', ...more });
const notification = { event_source: 'a', event_topic: 'b', event_type: 'c', event_status: '1', changes: [1] };

/** @returns the ids of the events of each request */
function lists(): string[][] {
  return door.requests.map(({ body }) =>
    ([JSON.parse(body)].flat() as { id?: string }[]).map(({ id = 'notification' }) => id),
  );
}
const requests = (count: number) => waitFor(() => door.requests.length === count, { what: `${count} requests` });

test('the first event is sent at once, and events that come meanwhile share the next list', async () => {
  const { publish } = openHeld({}, 2);
  const all = Promise.all(['1', '2', '3'].map((id) => publish(event(id))));
  await requests(1);
  door.release();
  expect((await all).map(({ id }) => id)).toEqual(['1', '2', '3']);
  expect(lists()).toEqual([['1'], ['2', '3']]);
});

test('a list that is full does not wait, as long as a request is free', async () => {
  const { publish } = openHeld({ events: 2 }, 2);
  const all = Promise.all(['1', '2', '3', '4', '5', '6'].map((id) => publish(event(id))));
  await requests(2);
  expect(lists().sort()).toEqual([['1'], ['2', '3']]);
  door.release();
  await all;
  expect(lists().sort()).toEqual([['1'], ['2', '3'], ['4', '5'], ['6']]);
});

test('an event waits no longer than it may', async () => {
  const { publish } = openHeld({ waitMs: 5 }, 2);
  const all = Promise.all([publish(event('1')), publish(event('2'))]);
  await requests(2);
  door.release();
  await all;
});

test('bytes, hops and ETC notifications end a list', async () => {
  const { publish } = openHeld({ bytes: 600 });
  const large = { data: 'x'.repeat(400) };
  const all = Promise.all([
    publish(event('0')),
    publish(event('1')),
    publish(event('large', large)),
    publish(event('larger', large)),
    publish(event('2')),
    publish(event('3'), { hops: 1 }),
    publish(event('4'), { hops: 1 }),
    publish(notification),
    publish(notification),
  ]);
  door.release();
  await all;
  expect(lists()).toEqual([['0'], ['1', 'large'], ['larger', '2'], ['3', '4'], ['notification'], ['notification']]);
});

test('halves are sent until the faulty events are alone', async () => {
  const { publish } = openHeld();
  const ids = ['0', '1', '2', 'bad-3', '4', '5', '6', '7', 'bad-8'];
  const all = Promise.allSettled(ids.map((id) => publish(event(id, id.startsWith('bad') ? { type: '' } : {}))));
  door.release();
  expect((await all).map(({ status }) => status)).toEqual(
    ids.map((id) => (id.startsWith('bad') ? 'rejected' : 'fulfilled')),
  );
  // One for the first event, and 13 for a tree of eight whose two faulty leaves lie in different halves.
  expect(door.requests.length).toBeLessThanOrEqual(14);
});

test('an error that no single event has caused is the error of all', async () => {
  const { publish } = openHeld();
  for (let times = 0; times < 2; times += 1) door.answerNext((response) => response.writeHead(401).end());
  const all = Promise.allSettled(['0', '1', '2'].map((id) => publish(event(id))));
  door.release();
  expect(await all).toEqual(
    [0, 1, 2].map(() => ({ status: 'rejected', reason: expect.objectContaining({ status: 401 }) })),
  );
  expect(door.requests).toHaveLength(2);
});
