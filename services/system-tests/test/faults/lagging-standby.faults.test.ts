import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgresPair, type PostgresPair } from '@callbus/testing/servers/private-postgres';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { startServers } from './support/servers.js';
import { openStageOn, type Stage } from './support/stage.js';

const waiting = 'waiting for the subscription service';

let replication: TcpProxy;
let address: TcpProxy;
let pair: PostgresPair;
let stage: Stage;

beforeAll(async () => {
  pair = await startPostgresPair(async (url) => (replication = await openTcpProxy(url)).url);
  address = await openTcpProxy(pair.primary.url);
  const servers = await startServers();
  const place = { ...servers.place, databaseUrl: address.url };
  stage = await openStageOn(Promise.resolve({ ...servers, place }), { subscriptions: 1 });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0, 0]);
  await Promise.all([address.close(), replication.close()]);
  await pair.remove();
}, 120_000);

test('a lagging stand-by answers reads and is then promoted: no known subscription disappears, and workers follow the new primary', async () => {
  const { bus, client, ledger, paths } = stage;
  const managed = async () =>
    (await client.http.post(`${client.api}/event/subscribe/search/0/2`, { page: { limit: 1 } })).status;
  const definition = (path: string) => ({
    subscription_name: 'moved',
    callback_url: `${ledger.url}${path}`,
    subscription_form: 'drill.moved',
    payload_format: 'cloudevents-binary',
  });
  const moved = await client.subscribe(definition('/old'));
  const load = stage.load({ name: 'standby', eventsPerS: 100, listLength: 5 });
  /** Publishes one event of a type. @returns the path of its callback, among those given */
  let events = 0;
  const pathOf = async (type: string, among: readonly string[]): Promise<string | undefined> => {
    const id = `${type}-${(events += 1)}`;
    await client.publishList([{ id, source: 'drill', type }]);
    const came = () => among.find((path) => ledger.times(path, id) > 0);
    await waitFor(() => ledger.times(paths[0]!, id) > 0, { what: `the event ${id}` });
    // The callbacks of one event come within moments of each other.
    await waitFor(() => came() !== undefined, { what: `${id} elsewhere`, timeoutMs: 1_000 }).catch(() => undefined);
    return came();
  };
  await waitFor(() => load.accepted.size >= 300 && ledger.has(paths, load.accepted), { what: 'events before' });
  const before = ledger.latencyMs(paths, 0.99);

  await pair.standby.pause();
  const young = await client.subscribe({
    ...definition('/young'),
    subscription_name: 'young',
    subscription_form: 'drill.young',
  });
  address.pointTo(pair.standby.url);
  expect(await managed()).toBe(503);
  const newcomer = await bus.addWorker(waiting);
  expect(await pathOf('young', ['/young'])).toBe('/young');
  address.pointTo(pair.primary.url);
  await waitFor(() => newcomer.log.some(({ msg }) => msg === 'taking work'), { what: 'the worker to begin' });
  await pair.standby.resume();
  expect(await pathOf('young', ['/young'])).toBe('/young');

  const isThere = async () => (await client.http.post(`${client.api}/event/subscribe/search/0/2`, {})).status === 200;
  await waitFor(isThere, { what: 'management to resume' });
  replication.fallSilent();
  for (let change = 0; change < 20; change += 1) await client.update(moved, definition('/lost-url'));
  const lost: number[] = [];
  for (const path of ['/lost-1', '/lost-2'])
    lost.push(
      await client.subscribe({ ...definition(path), subscription_name: path, subscription_form: 'drill.lost' }),
    );
  expect(await pathOf('moved', ['/old', '/lost-url'])).toBe('/lost-url');
  await pair.primary.kill();
  await pair.standby.promote();
  address.pointTo(pair.standby.url);
  const promotedAt = performance.now();
  await waitFor(async () => (await managed()) === 200, { what: 'management to resume' });
  const fresh = await client.subscribe({
    ...definition('/fresh'),
    subscription_name: 'fresh',
    subscription_form: 'drill.fresh',
  });
  expect(lost).not.toContain(fresh);
  expect(await pathOf('fresh', ['/fresh'])).toBe('/fresh');
  await waitFor(async () => (await pathOf('moved', ['/old', '/lost-url'])) === '/old', {
    what: 'the workers to follow',
  });
  const followedMs = performance.now() - promotedAt;
  expect(await pathOf('lost', ['/lost-1', '/lost-2'])).toBeUndefined();
  expect(await pathOf('young', ['/young'])).toBe('/young');
  await load.stop();
  const count = await stage.settle(load);
  report('B12 a stand-by that lags, and is promoted', count, {
    "other account's p99 ms": ledger.latencyMs(paths, 0.99),
    'before ms': before,
    'answered creates lost': lost.length,
    'workers followed after ms': Math.round(followedMs),
    'ids given twice': lost.filter((id) => id === fresh || id === young).length,
  });
  expect(count).toMatchObject({ duplicate: 0, lost: 0 });
});
