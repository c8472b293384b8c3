import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { openSystem, type System } from '../support/system.js';

const fanOut = 5;
/** The number of callbacks that a worker makes at once to a receiver of which it knows nothing. */
const atOnce = 4;

let system: System;
/** How many callbacks a slow path holds before it answers them all, by the first part of the path. */
const together = new Map<string, number>();
/** The callbacks that are not answered yet, by path. */
const open = new Map<string, (() => void)[]>();

beforeAll(async () => {
  system = await openSystem({
    // With few slots, most tasks of a burst pass `deliveries`.
    env: { WORKER_PREFETCH: '20' },
    answer: ({ path }) => new Promise((resolve) => hold(path, () => resolve({}))),
  });
}, 60_000);
afterEach(() => {
  together.clear();
  for (const path of open.keys()) answerAll(path);
});
afterAll(() => system.close());

function hold(path: string, answer: () => void): void {
  const held = open.get(path) ?? [];
  open.set(path, held);
  held.push(answer);
  if (held.length >= (together.get(path.split('/')[1]!) ?? 1)) answerAll(path);
}

function answerAll(path: string): void {
  for (const answer of open.get(path)?.splice(0) ?? []) answer();
}

/** Subscribes one receiver for each path to the events of this type. */
async function subscribe(type: string, paths: readonly string[]): Promise<void> {
  for (const path of paths)
    await system.client.subscribe({
      subscription_name: path,
      callback_url: system.receiver.url + path,
      subscription_form: type,
    });
}

async function publish(type: string, events: number): Promise<void> {
  const eventList = Array.from({ length: events }, (_, index) => ({ source: 's', type, id: `${type}-${index}` }));
  expect((await system.client.publishList(eventList)).status).toBe(200);
}

const pathsOf = (name: string) => Array.from({ length: fanOut }, (_, index) => `/${name}/${index}`);
const callsOf = (path: string) => system.receiver.requests.filter((request) => request.path === path);

test('fast receivers get every event once while the receivers beside them hold their answers', async () => {
  const [fast, slow] = [pathsOf('fast'), pathsOf('hanging')];
  together.set('hanging', Infinity);
  await subscribe('beside', [...slow, ...fast]);
  const events = 100;
  await publish('beside', events);
  await waitFor(() => fast.every((path) => callsOf(path).length >= events), { what: 'all events at fast receivers' });
  for (const path of fast) expect(new Set(callsOf(path).map(({ body }) => String(body))).size).toBe(events);
  for (const path of slow) expect(callsOf(path).length).toBeLessThanOrEqual(atOnce);
  expect(fast.flatMap(callsOf)).toHaveLength(fanOut * events);
}, 60_000);

test('slow receivers are called as often at once as their lanes allow, and get every event once', async () => {
  const slow = pathsOf('slow');
  together.set('slow', atOnce);
  await subscribe('slow', slow);
  const events = 5 * atOnce;
  await publish('slow', events);
  await waitFor(() => slow.every((path) => callsOf(path).length >= events), {
    what: 'all events at slow receivers',
    timeoutMs: 30_000,
  });
  for (const path of slow) expect(new Set(callsOf(path).map(({ body }) => String(body))).size).toBe(events);
  expect(slow.flatMap(callsOf)).toHaveLength(fanOut * events);
}, 60_000);
