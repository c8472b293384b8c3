import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../support/bus-client.js';
import { undeliveredRows } from '../support/undelivered-rows.js';
import { startBus, type BusProcesses } from '../support/bus-processes.js';
import { scrape } from '@callbus/testing/scrape';

let place: Place;
let bus: BusProcesses;
let client: ReturnType<typeof createBusClient>;

beforeAll(async () => {
  place = await isolate({ database: true });
  bus = await startBus(place, { ETC_ERROR_STATUS: '200', RETRY_SCHEDULE: '1s' });
  client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
}, 60_000);

afterAll(async () => {
  expect(await bus.stop()).toEqual([0, 0, 0]);
  await place.cleanUp();
});

test('two subscriptions that publish what they get end after eight rounds, each task as a loop', async () => {
  const names = ['one', 'other'];
  const ids: number[] = [];
  for (const name of names)
    ids.push(
      await client.subscribe({
        subscription_name: name,
        callback_url: `${bus.ingest.url}/api/publish`,
        subscription_form: 'it.goes.round',
      }),
    );
  await client.publishEtc({ event_key: 'it.goes.round' });

  // The one that was published, and two of each in every round.
  const accepted = 2 ** 9 - 1;
  const refused = 2 ** 9;
  const rows = () => undeliveredRows(place.databaseUrl);
  await waitFor(async () => (await rows()).length >= refused, { what: 'the ends', timeoutMs: 60_000 });
  expect(new Set((await rows()).map(({ reason }) => reason))).toEqual(new Set(['loop']));
  expect(await rows()).toHaveLength(refused);
  const told = await scrape(bus.ingest.url);
  expect(told.value('callbus_events_accepted_total{dialect="etc"}')).toBe(accepted);
  const attempts = await client.http.get<{ data: { info: { attempt: number; status: number }[] } }>(
    `${client.api}/event/subscribe/0/2/${ids[0]}/attempts?limit=1000&outcome=refused`,
  );
  const { info } = attempts.data.data;
  expect(info).toHaveLength(refused / 2);
  expect(info.every(({ attempt, status }) => attempt === 1 && status === 508)).toBe(true);
}, 120_000);
