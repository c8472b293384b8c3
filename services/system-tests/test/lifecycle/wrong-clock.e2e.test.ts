import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { waitFor } from '@callbus/testing/wait-for';
import { runProgram } from '@callbus/testing/processes/program';
import { scrape } from '@callbus/testing/scrape';
import { openSystem, type System } from '../support/system.js';

jest.setTimeout(90_000);

const fourDaysMs = 345_600_000;

/** Loaded before a service. SIGWINCH sets the clock of the service four days ahead, and back. */
const settableClock = preload(
  `let by = 0; const real = Date.now; Date.now = () => real() + by; process.on('SIGWINCH', () => (by = ${fourDaysMs} - by));`,
);
const fourDaysAhead = preload(`const real = Date.now; Date.now = () => real() + ${fourDaysMs};`);

function preload(script: string) {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

let system: System;

beforeAll(async () => {
  system = await openSystem({
    env: { ...settableClock, RETRY_SCHEDULE: '1s' },
    answer: ({ path }) => ({ status: path === '/fails' ? 503 : 200 }),
  });
}, 60_000);
afterAll(() => system.close());

describe('a clock that is hours or days ahead at the start', () => {
  test.each([
    ['ingest', 'redis', 'the subscription service'],
    ['subscription', 'redis', 'postgres'],
    ['delivery', 'redis', 'the subscription service'],
    ['standalone', 'redis', 'postgres'],
  ])('keeps %s from starting, with one line', async (service, one, other) => {
    const { SUBSCRIPTION_URL, ...env } = system.bus.env;
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

  test('is accepted within CLOCK_SKEW_LIMIT_S', async () => {
    const worker = runProgram('delivery/dist/main.js', {
      ...system.bus.env,
      ...preload('const real = Date.now; Date.now = () => real() + 7200000;'),
      CLOCK_SKEW_LIMIT_S: '10800',
    });
    await waitFor(() => worker.output().includes('taking work'), { what: 'the start', timeoutMs: 30_000 });
    worker.kill('SIGTERM');
    expect(await worker.exited).toBe(0);
  });
});

test('a worker whose clock jumps four days ahead expires nothing, reports the skew, and retries as before', async () => {
  const { client } = system;
  for (const name of ['ok', 'fails']) {
    await client.subscribe({
      subscription_name: name,
      callback_url: `${system.receiver.url}/${name}`,
      subscription_form: 'x',
    });
  }
  const callsTo = (path: string) => system.receiver.requests.filter((request) => request.path === path);
  const trusted = async () => (await scrape(system.bus.delivery.url)).value('callbus_clock_trusted');
  expect(await trusted()).toBe(1);

  system.bus.delivery.child.kill('SIGWINCH');
  expect(await client.publishEtc({ event_key: 'x' })).toBeDefined();
  await waitFor(() => callsTo('/ok').length === 1 && callsTo('/fails').length >= 3, {
    what: 'callbacks and retries',
    timeoutMs: 30_000,
  });
  await waitFor(async () => (await trusted()) === 0, { what: 'the metric of the clock' });
  const metrics = await scrape(system.bus.delivery.url);
  for (const reference of ['redis', 'the subscription service']) {
    const skewS = metrics.value(`callbus_clock_skew_seconds{reference="${reference}"}`);
    expect(Math.abs(skewS - fourDaysMs / 1_000)).toBeLessThan(30);
  }
  expect(system.bus.delivery.log.filter(({ msg }) => msg === 'the clock is wrong')).toHaveLength(1);
  expect(await undeliveredReasons()).toEqual([]);

  system.bus.delivery.child.kill('SIGWINCH');
  const calls = callsTo('/fails').length;
  await waitFor(() => callsTo('/fails').length > calls, { what: 'another retry' });
  expect(await undeliveredReasons()).toEqual([]);
});

async function undeliveredReasons(): Promise<unknown[]> {
  const database = new pg.Client(system.place.databaseUrl);
  await database.connect();
  const { rows } = await database.query<{ reason: unknown }>('SELECT reason FROM undelivered');
  await database.end();
  return rows.map(({ reason }) => reason);
}
