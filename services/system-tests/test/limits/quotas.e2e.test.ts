import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { scrape } from '@callbus/testing/scrape';
import { openSystem, type System } from '../support/system.js';

let system: System;

beforeAll(async () => {
  system = await openSystem({ env: { MAX_UNDELIVERED: '5' } });
}, 60_000);
afterAll(() => system.close());

test('an account with too many undelivered events is refused until it has fewer; accepted events are stored, and other accounts publish', async () => {
  const { client, bus, receiver } = system;
  const definition = { callback_url: receiver.url, subscription_form: 'held', enabled: false };
  const id = await client.subscribe({ subscription_name: 'held', ...definition }, 'full');
  const undelivered = `${client.api}/event/subscribe/full/2/${id}/undelivered`;
  const publish = async () => {
    const event = { event_source: 's', event_topic: 't', event_type: 'y', event_status: '1', changes: [1] };
    const headers = { http_bk_supplier_account: 'full' };
    const body = { ...event, event_key: 'held' };
    const { status, data } = await client.http.post<{ code: string }>(`${bus.ingest.url}/api/publish`, body, {
      headers,
    });
    return [status, data.code];
  };

  let accepted = 0;
  const isRefused = async () => {
    const [status, code] = await publish();
    if (status === 200) accepted += 1;
    else expect([status, code]).toEqual([429, '429']);
    return status === 429;
  };
  await waitFor(isRefused, { what: 'the account to be refused', timeoutMs: 30_000 });
  expect(accepted).toBeGreaterThanOrEqual(5);
  const stored = async () => (await client.http.get<{ data: { count: number } }>(undelivered)).data.data.count;
  await waitFor(async () => (await stored()) === accepted, { what: 'all accepted events to be stored' });
  expect(await client.publishEtc({ event_key: 'held' }, 'another')).toEqual(expect.any(String));

  interface Overview {
    quotas: Record<'events_per_second' | 'bytes_per_second', { used: number | null; bound_per_process: number | null }>;
  }
  const quotasOf = async (account: string) => {
    const headers = { http_bk_supplier_account: account };
    return (await client.http.get<{ data: Overview }>(`${client.api}/event/overview`, { headers })).data.data.quotas;
  };
  expect(await quotasOf('full')).toMatchObject({ undelivered: { used: accepted, bound: 5 } });
  expect((await scrape(bus.subscription.url)).value('callbus_full_accounts')).toBe(1);
  const refusals = 'callbus_events_refused_total{dialect="etc",reason="tooMuchUndelivered"}';
  expect((await scrape(bus.ingest.url)).value(refusals)).toBeGreaterThan(0);

  // Rates are reported every five seconds, over whole intervals of ten seconds.
  const perSecond = Math.round((accepted / 60) * 100) / 100;
  await waitFor(async () => (await quotasOf('full')).events_per_second.used === perSecond, {
    what: 'the rate of the account',
    timeoutMs: 30_000,
  });
  const { events_per_second: events, bytes_per_second: bytes } = await quotasOf('full');
  expect(events).toEqual({ used: perSecond, bound_per_process: 50_000 });
  expect(bytes.used).toBeGreaterThan(perSecond);
  expect((await quotasOf('quiet')).events_per_second).toEqual({ used: 0, bound_per_process: 50_000 });

  await client.http.delete(undelivered, { data: { all: true } });
  await waitFor(async () => (await publish())[0] === 200, { what: 'the account to publish again', timeoutMs: 30_000 });
});
