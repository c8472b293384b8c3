import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createBusClient } from '../support/bus-client.js';
import { startBus, type BusProcesses } from '../support/bus-processes.js';

let place: Place;
let bus: BusProcesses;
let receiver: Receiver;
let client: ReturnType<typeof createBusClient>;
/** What the receiver answers to OPTIONS. */
let grant: Record<string, string> = {};

beforeAll(async () => {
  place = await isolate({ database: true });
  bus = await startBus(place, { WEBHOOK_ORIGIN: 'events.example.com' });
  receiver = await openReceiver({ answer: ({ method }) => (method === 'OPTIONS' ? { headers: grant } : {}) });
  client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
}, 60_000);

afterAll(async () => {
  expect(await bus.stop()).toEqual([0, 0, 0]);
  await receiver.close();
  await place.cleanUp();
});

interface Item {
  readonly subscription_id: number;
  readonly verified: boolean | null;
  readonly verification_failure: string | null;
}

async function found(id: number): Promise<Item> {
  const { data } = await client.http.post<{ data: { info: Item[] } }>(`${client.api}/event/subscribe/search/0/2`, {});
  return data.data.info.find((item) => item.subscription_id === id)!;
}

async function stateOf(event: string | undefined): Promise<string | undefined> {
  const { data } = await client.http.get<{ data: { subscriptions: { state: string }[] } | null }>(
    `${client.api}/event/trace/0/${event}`,
  );
  return data.data?.subscriptions[0]?.state;
}

test('events are held until their receiver allows callbacks, and then come at its rate', async () => {
  const fields = { subscription_name: 'asked', callback_url: receiver.url, subscription_form: 'asked' };
  const id = await client.subscribe({ ...fields, verification: 'cloudevents' });
  const event = () => client.publishEtc({ event_key: 'asked' });
  const events = [await event(), await event(), await event()];
  for (const each of events) {
    await waitFor(async () => (await stateOf(each)) === 'held', { what: 'the event to be held' });
  }
  await waitFor(async () => (await found(id)).verification_failure !== null, { what: 'the failure' });
  expect((await found(id)).verified).toBe(false);
  const calls = () => receiver.requests.filter(({ method }) => method === 'POST');
  expect(calls()).toEqual([]);

  grant = { 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '60' };
  await client.update(id, { ...fields, verification: 'cloudevents', enabled: true });
  await waitFor(() => calls().length === 3, { what: 'the three callbacks', timeoutMs: 20_000 });
  expect((await found(id)).verified).toBe(true);
  for (const { headers } of receiver.requests) expect(headers['webhook-request-origin']).toBe('events.example.com');
  // Two seconds, and some for a machine on which the first was late.
  expect(calls()[2]!.at - calls()[0]!.at).toBeGreaterThan(1_200);
  await waitFor(async () => (await client.statistics()).get(id)?.total === 3, { what: 'the figures' });
  expect((await client.statistics()).get(id)).toEqual({ total: 3, failure: 0 });
});

test('a bus allows callbacks of another one', async () => {
  const callback_url = `${bus.ingest.url}/cloudevents`;
  const fields = { subscription_name: 'bus', callback_url, subscription_form: 'to-the-bus', confirm_pattern: '202' };
  const id = await client.subscribe({ ...fields, payload_format: 'cloudevents', verification: 'cloudevents' });
  await waitFor(async () => (await found(id)).verified === true, { what: 'the grant' });
});
