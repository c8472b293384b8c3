import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../support/bus-client.js';
import { startBus, type BusProcesses } from '../support/bus-processes.js';

let place: Place;
let bus: BusProcesses;
let receiver: Receiver;
let client: ReturnType<typeof createBusClient>;

beforeAll(async () => {
  place = await isolate({ database: true });
  bus = await startBus(place);
  receiver = await openReceiver();
  client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
}, 60_000);

afterAll(async () => {
  expect(await bus.stop()).toEqual([0, 0, 0]);
  await receiver.close();
  await place.cleanUp();
});

const callsTo = (path: string) => receiver.requests.filter((request) => request.path === path).length;

describe('what was answered holds for every event published after the answer', () => {
  test('200 times: created, published at once, called back; deleted, published at once, not called', async () => {
    for (let round = 0; round < 200; round += 1) {
      const name = `round.${round}`;
      const id = await client.subscribe({
        subscription_name: name,
        callback_url: `${receiver.url}/${name}`,
        subscription_form: name,
      });
      await client.publishEtc({ event_key: name });
      await waitFor(() => callsTo(`/${name}`) === 1, { what: `the callback of round ${round}` });
      expect((await client.unsubscribe(id)).status).toBe(200);
      await client.publishEtc({ event_key: name });
    }
    // Whatever the deleted ones might still get would have come before this.
    await client.subscribe({
      subscription_name: 'last',
      callback_url: `${receiver.url}/last`,
      subscription_form: 'last',
    });
    await client.publishEtc({ event_key: 'last' });
    await waitFor(() => callsTo('/last') === 1, { what: 'the last callback' });
    expect(receiver.requests).toHaveLength(201);
  }, 120_000);

  test('updated: the next event goes where the new definition says', async () => {
    const fields = (path: string, form: string) => ({
      subscription_name: 'moving',
      callback_url: `${receiver.url}${path}`,
      subscription_form: form,
    });
    const id = await client.subscribe(fields('/old', 'from.here'));
    for (let round = 0; round < 50; round += 1) {
      const path = `/moved/${round}`;
      expect((await client.update(id, fields(path, `to.there.${round}`))).status).toBe(200);
      await client.publishEtc({ event_key: `to.there.${round}` });
      await waitFor(() => callsTo(path) === 1, { what: `the callback to ${path}` });
    }
    await client.publishEtc({ event_key: 'from.here' });
    expect(callsTo('/old')).toBe(0);
  }, 60_000);
});

test('two systems under different prefixes share the servers without seeing each other', async () => {
  const second = await isolate({ database: true });
  const other = await startBus(second);
  const otherClient = createBusClient({ ingest: other.ingest.url, subscription: other.subscription.url });
  const fields = { subscription_name: 'shared', subscription_form: 'shared.event' };
  const ids = [
    await client.subscribe({ ...fields, callback_url: `${receiver.url}/first` }),
    await otherClient.subscribe({ ...fields, callback_url: `${receiver.url}/second` }),
  ];
  await client.publishEtc({ event_key: 'shared.event' });
  await waitFor(() => callsTo('/first') === 1, { what: 'the first system’s callback' });
  await otherClient.publishEtc({ event_key: 'shared.event' });
  await waitFor(() => callsTo('/second') === 1, { what: 'the second system’s callback' });
  await waitFor(async () => (await otherClient.statistics()).get(ids[1]!)?.total === 1, {
    what: 'the second’s figures',
  });
  expect((await client.statistics()).get(ids[0]!)).toEqual({ total: 1, failure: 0 });
  expect([callsTo('/first'), callsTo('/second')]).toEqual([1, 1]);
  expect(await other.stop()).toEqual([0, 0, 0]);
  await second.cleanUp();
}, 60_000);
