import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axios from 'axios';
import pg from 'pg';
import { openSystem, type System } from '../support/system.js';

const http = axios.create({ proxy: false, headers: { connection: 'close' } });
const value = 'Bearer the-secret-of-a-header';

let system: System;
beforeAll(async () => {
  system = await openSystem({
    env: { LOG_LEVEL: 'trace', SECRETS_KEY: 'the key that seals the secrets of this test' },
    // Some frameworks answer so when they refuse a request.
    answer: ({ headers }) => ({ status: 401, body: JSON.stringify(headers) }),
  });
}, 60_000);
afterAll(() => system.close());

test('only the receiver sees the value of a secret header', async () => {
  const { bus, place, receiver } = system;
  const api = `${bus.subscription.url}/api/v3/event`;
  const created = await http.post<{ data: { subscription_id: number } }>(`${api}/subscribe/0/2`, {
    subscription_name: 'secret headers',
    callback_url: receiver.url,
    confirm_mode: 'httpstatus',
    subscription_form: '#',
    max_attempts: 1,
    headers: { authorization: value, 'x-plain': 'shown' },
  });
  const one = `${api}/subscribe/0/2/${created.data.data.subscription_id}`;
  const event = { event_source: 'a', event_topic: 'b', event_type: 'c', event_status: '1', changes: [1] };
  await http.post(`${bus.ingest.url}/api/publish`, event);
  const read = async (url: string) => JSON.stringify((await http.get<unknown>(url)).data);
  await waitFor(async () => (await read(`${one}/undelivered`)).includes('"count":1'), {
    what: 'the undelivered event',
  });
  expect(receiver.requests[0]?.headers).toMatchObject({ authorization: value, 'x-plain': 'shown' });

  const answers = [await read(`${one}/attempts`), await read(`${one}/undelivered?event=true`)];
  for (const text of answers) expect(text).toContain('********');
  const search = await http.post<unknown>(`${api}/subscribe/search/0/2`, {});
  const database = new pg.Client(place.databaseUrl);
  await database.connect();
  const subscriptions = await database.query('SELECT subscriptions::text FROM subscriptions');
  const undelivered = await database.query<{ body: Buffer }>('SELECT * FROM undelivered');
  await database.end();
  expect(await bus.stop()).toEqual([0, 0, 0]);
  const logs = [bus.ingest, bus.subscription, bus.delivery].map(({ log }) => log);
  const everything = JSON.stringify([answers, search.data, subscriptions.rows, undelivered.rows, logs]);
  expect(everything).toContain('x-plain');
  expect(everything).not.toContain('the-secret-of-a-header');
});
