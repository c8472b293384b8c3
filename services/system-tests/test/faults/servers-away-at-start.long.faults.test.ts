import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTogether } from '@callbus/testing/open-together';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../support/bus-client.js';
import { startBus } from '../support/bus-processes.js';
import { reserveServers } from '../support/late-servers.js';
import { openLedger } from './support/ledger.js';
import { startLoad } from './support/load.js';
import { report } from './support/report.js';
import { startServers } from './support/servers.js';

const awayMs = 5 * 60_000;
const probeIntervalMs = 1_000;
const probeTimeoutMs = 1_000;
/** How long after their servers the services have to work. */
const wantedMs = 10_000;

const open = () =>
  openTogether(async (opening) => {
    const servers = await opening(startServers(), (each) => each.remove());
    const late = await opening(reserveServers(servers.place), (each) => each.close());
    const ledger = await opening(openLedger(), (each) => each.close());
    const bus = await opening(startBus(late.place, {}, 'port open'), (each) => each.stop());
    return { servers, late, ledger, bus };
  });

let stage: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  stage = await open();
}, 120_000);
afterAll(async () => {
  const codes = await stage.bus.stop();
  await stage.ledger.close();
  await stage.late.close();
  await stage.servers.remove();
  expect(codes).toEqual([0, 0, 0]);
}, 120_000);

test('services whose servers come after five minutes answer health meanwhile, and then work', async () => {
  const { late, ledger, bus } = stage;
  const urls = [bus.ingest.url, bus.subscription.url, bus.delivery.url];
  const client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
  const isAlive = (url: string) =>
    fetch(`${url}/healthz`, { signal: AbortSignal.timeout(probeTimeoutMs) }).then(
      ({ status }) => status === 200,
      () => false,
    );
  const isReady = async (url: string) => (await fetch(`${url}/readyz`)).status === 200;

  let probes = 0;
  let failed = 0;
  const endAt = performance.now() + awayMs;
  while (performance.now() < endAt) {
    const areAlive = await Promise.all(urls.map(isAlive));
    probes += areAlive.length;
    failed += areAlive.filter((alive) => !alive).length;
    await sleep(probeIntervalMs);
  }

  await late.come();
  const cameAt = performance.now();
  for (const url of urls) await waitFor(() => isReady(url), { what: 'readiness', timeoutMs: 60_000 });
  const readyMs = Math.round(performance.now() - cameAt);
  await client.subscribe({
    subscription_name: 'all',
    callback_url: `${ledger.url}/all`,
    subscription_form: '#',
    payload_format: 'cloudevents-binary',
  });
  const load = startLoad({ ingestUrl: bus.ingest.url, name: 'late', events: 500, eventsPerS: 500, listLength: 5 });
  await load.done;
  await waitFor(() => ledger.has(['/all'], load.accepted), { what: 'the callbacks', timeoutMs: 60_000 });
  const count = ledger.count(['/all'], load.accepted);
  report('18 servers that come after five minutes', count, {
    'health probes': probes,
    'of them failed': failed,
    'ready after ms': readyMs,
    'failed publishes': load.failed(),
  });
  expect(failed).toBe(0);
  expect(readyMs).toBeLessThan(wantedMs);
  expect(count).toMatchObject({ accepted: 500, delivered: 500, duplicate: 0, lost: 0 });
}, 600_000);
