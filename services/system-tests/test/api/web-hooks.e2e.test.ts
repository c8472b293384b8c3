import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSystem, type System } from '../support/system.js';

let system: System;
/** The headers with which the receiver answers OPTIONS. */
let grant: Record<string, string> = {};

beforeAll(async () => {
  system = await openSystem({
    env: { WEBHOOK_ORIGIN: 'events.example.com' },
    answer: ({ method }) => (method === 'OPTIONS' ? { headers: grant } : {}),
  });
}, 60_000);
afterAll(() => system.close());

interface Item {
  readonly subscription_id: number;
  readonly verified: boolean | null;
  readonly verification_failure: string | null;
}

async function found(id: number): Promise<Item> {
  const { data } = await system.client.http.post<{ data: { info: Item[] } }>(
    `${system.client.api}/event/subscribe/search/0/2`,
    {},
  );
  return data.data.info.find((item) => item.subscription_id === id)!;
}

async function stateOf(event: string | undefined): Promise<string | undefined> {
  const { data } = await system.client.http.get<{ data: { subscriptions: { state: string }[] } | null }>(
    `${system.client.api}/event/trace/0/${event}`,
  );
  return data.data?.subscriptions[0]?.state;
}

test('events are held until their receiver allows callbacks, and then delivered at the rate that it allows', async () => {
  const fields = { subscription_name: 'asked', callback_url: system.receiver.url, subscription_form: 'asked' };
  const id = await system.client.subscribe({ ...fields, verification: 'cloudevents' });
  const event = () => system.client.publishEtc({ event_key: 'asked' });
  const events = [await event(), await event(), await event()];
  for (const each of events) {
    await waitFor(async () => (await stateOf(each)) === 'held', { what: 'the event to be held' });
  }
  await waitFor(async () => (await found(id)).verification_failure !== null, { what: 'the failure' });
  expect((await found(id)).verified).toBe(false);
  const calls = () => system.receiver.requests.filter(({ method }) => method === 'POST');
  expect(calls()).toEqual([]);

  grant = { 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '60' };
  await system.client.update(id, { ...fields, verification: 'cloudevents', enabled: true });
  await waitFor(() => calls().length === 3, { what: 'the three callbacks', timeoutMs: 20_000 });
  expect((await found(id)).verified).toBe(true);
  for (const { headers } of system.receiver.requests)
    expect(headers['webhook-request-origin']).toBe('events.example.com');
  // The rate spreads three callbacks over two seconds; the first one may be late on a busy machine.
  expect(calls()[2]!.at - calls()[0]!.at).toBeGreaterThan(1_200);
  await waitFor(async () => (await system.client.statistics()).get(id)?.total === 3, { what: 'the counters' });
  expect((await system.client.statistics()).get(id)).toEqual({ total: 3, failure: 0 });
});

test('a bus allows callbacks of another bus', async () => {
  const callback_url = `${system.bus.ingest.url}/cloudevents`;
  const fields = { subscription_name: 'bus', callback_url, subscription_form: 'to-the-bus', confirm_pattern: '202' };
  const id = await system.client.subscribe({ ...fields, payload_format: 'cloudevents', verification: 'cloudevents' });
  await waitFor(async () => (await found(id)).verified === true, { what: 'the grant' });
});
