import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../support/bus-client.js';
import { startBus, type BusProcesses } from '../support/bus-processes.js';
import { runProgram } from '@callbus/testing/processes/program';
import { scrape } from '@callbus/testing/scrape';

jest.setTimeout(90_000);

const fourDaysMs = 345_600_000;

/** Loaded before a service: SIGWINCH sets its clock four days ahead, and back. */
const settableClock = preload(
  `let by = 0; const real = Date.now; Date.now = () => real() + by; process.on('SIGWINCH', () => (by = ${fourDaysMs} - by));`,
);
const fourDaysAhead = preload(`const real = Date.now; Date.now = () => real() + ${fourDaysMs};`);

function preload(script: string) {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

let place: Place;
let bus: BusProcesses;
let receiver: Receiver;

beforeAll(async () => {
  place = await isolate({ database: true });
  bus = await startBus(place, { ...settableClock, RETRY_SCHEDULE: '1s' });
  receiver = await openReceiver({ answer: ({ path }) => ({ status: path === '/fails' ? 503 : 200 }) });
}, 60_000);
afterAll(async () => {
  expect(await bus.stop()).toEqual([0, 0, 0]);
  await receiver.close();
  await place.cleanUp();
});

describe('a clock that is four days ahead at the start', () => {
  test.each([
    ['ingest', 'redis', 'the subscription service'],
    ['subscription', 'redis', 'postgres'],
    ['delivery', 'redis', 'the subscription service'],
    ['standalone', 'redis', 'postgres'],
  ])('is refused by %s in one line', async (service, one, other) => {
    const { SUBSCRIPTION_URL, ...env } = bus.env;
    const more = service === 'standalone' ? {} : { SUBSCRIPTION_URL: String(SUBSCRIPTION_URL) };
    const program = runProgram(`${service}/dist/main.js`, { ...env, ...more, ...fourDaysAhead, LOG_LEVEL: 'fatal' });
    expect(await program.exited).toBe(2);
    const days = '3456\\d\\d s ahead of';
    expect(program.output()).toMatch(
      new RegExp(
        `^callbus ${service} cannot start: the clock of this machine is wrong: it is ${days} ${one}, ${days} ${other}\n$`,
      ),
    );
  });

  test('is taken as it is with a limit of more', async () => {
    const worker = runProgram('delivery/dist/main.js', {
      ...bus.env,
      ...preload('const real = Date.now; Date.now = () => real() + 7200000;'),
      CLOCK_SKEW_LIMIT_S: '10800',
    });
    await waitFor(() => worker.output().includes('taking work'), { what: 'the start', timeoutMs: 30_000 });
    worker.kill('SIGTERM');
    expect(await worker.exited).toBe(0);
  });
});

test('a worker whose clock jumps four days ahead expires nothing, tells, and expires again when it is right', async () => {
  const client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
  for (const name of ['ok', 'fails']) {
    await client.subscribe({
      subscription_name: name,
      callback_url: `${receiver.url}/${name}`,
      subscription_form: 'x',
    });
  }
  const callsTo = (path: string) => receiver.requests.filter((request) => request.path === path);
  const trusted = async () => (await scrape(bus.delivery.url)).value('callbus_clock_trusted');
  expect(await trusted()).toBe(1);

  bus.delivery.child.kill('SIGWINCH');
  expect(await client.publishEtc({ event_key: 'x' })).toBeDefined();
  await waitFor(() => callsTo('/ok').length === 1 && callsTo('/fails').length >= 3, {
    what: 'callbacks and retries',
    timeoutMs: 30_000,
  });
  await waitFor(async () => (await trusted()) === 0, { what: 'the clock to be told' });
  const told = await scrape(bus.delivery.url);
  for (const reference of ['redis', 'the subscription service']) {
    const skewS = told.value(`callbus_clock_skew_seconds{reference="${reference}"}`);
    expect(Math.abs(skewS - fourDaysMs / 1_000)).toBeLessThan(30);
  }
  expect(bus.delivery.log.filter(({ msg }) => msg === 'the clock is wrong')).toHaveLength(1);
  expect(await undeliveredReasons()).toEqual([]);

  bus.delivery.child.kill('SIGWINCH');
  const calls = callsTo('/fails').length;
  await waitFor(() => callsTo('/fails').length > calls, { what: 'another retry' });
  expect(await undeliveredReasons()).toEqual([]);
});

async function undeliveredReasons(): Promise<unknown[]> {
  const database = new pg.Client(place.databaseUrl);
  await database.connect();
  const { rows } = await database.query<{ reason: unknown }>('SELECT reason FROM undelivered');
  await database.end();
  return rows.map(({ reason }) => reason);
}
