import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { undeliveredRows } from '../support/undelivered-rows.js';
import { scrape } from '@callbus/testing/scrape';
import { openSystem, type System } from '../support/system.js';

let system: System;

beforeAll(async () => {
  system = await openSystem({ env: { ETC_ERROR_STATUS: '200', RETRY_SCHEDULE: '1s' } });
}, 60_000);
afterAll(() => system.close());

test('a loop of two subscriptions ends after eight rounds, and its tasks are undelivered as loop', async () => {
  const names = ['one', 'other'];
  const ids: number[] = [];
  for (const name of names)
    ids.push(
      await system.client.subscribe({
        subscription_name: name,
        callback_url: `${system.bus.ingest.url}/api/publish`,
        subscription_form: 'it.goes.round',
      }),
    );
  await system.client.publishEtc({ event_key: 'it.goes.round' });

  // One published event becomes two callbacks, and each accepted callback two more.
  const accepted = 2 ** 9 - 1;
  const refused = 2 ** 9;
  const rows = () => undeliveredRows(system.place.databaseUrl);
  await waitFor(async () => (await rows()).length >= refused, { what: 'the undelivered tasks', timeoutMs: 60_000 });
  expect(new Set((await rows()).map(({ reason }) => reason))).toEqual(new Set(['loop']));
  expect(await rows()).toHaveLength(refused);
  const metrics = await scrape(system.bus.ingest.url);
  expect(metrics.value('callbus_events_accepted_total{dialect="etc"}')).toBe(accepted);
  const attempts = await system.client.http.get<{ data: { info: { attempt: number; status: number }[] } }>(
    `${system.client.api}/event/subscribe/0/2/${ids[0]}/attempts?limit=1000&outcome=refused`,
  );
  const { info } = attempts.data.data;
  expect(info).toHaveLength(refused / 2);
  expect(info.every(({ attempt, status }) => attempt === 1 && status === 508)).toBe(true);
}, 120_000);
