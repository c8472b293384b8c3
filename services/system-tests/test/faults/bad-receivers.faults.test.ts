import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTogether } from '@callbus/testing/open-together';
import { createDatabase, databaseUrlOf } from '@callbus/testing/servers/databases';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../support/bus-client.js';
import { startBus } from '../support/bus-processes.js';
import { startLoad } from './support/load.js';
import { openReceivers, type Counts } from './support/receivers.js';
import { report } from './support/report.js';
import { startServers, type DrillServers } from './support/servers.js';

const subscriptions = 100;
/** Receivers that hang, fail, refuse, trickle or send without end. The others are healthy in every run. */
const bad = 30;
const burst = 300;
const steady = { events: 60, eventsPerS: 4 };
/** Single runs vary on a busy machine, so the median of the ratios of an odd number of pairs counts. */
const pairs = { atLeast: 3, atMost: 9 };

interface Run {
  readonly accepted: number;
  readonly counts: Counts;
  /** Callbacks per second at the healthy receivers. */
  readonly throughput: number;
  readonly p99Ms: number;
  readonly memoryMiB: number;
}

let servers: DrillServers;
let runs = 0;

beforeAll(async () => {
  servers = await startServers();
}, 120_000);

afterAll(async () => {
  await servers.remove();
}, 60_000);

/** Each run has its own queues, keys, database and processes. */
async function run(mode: 'good' | 'bad'): Promise<Run> {
  const name = `run${(runs += 1)}`;
  await createDatabase(servers.postgres.url, name);
  const databaseUrl = databaseUrlOf(servers.postgres.url, name);
  const place = { ...servers.place, brokerPrefix: `${name}.`, redisPrefix: `${name}:`, databaseUrl };
  const [bus, receivers] = await openTogether((opening) =>
    Promise.all([
      opening(startBus(place), (each) => each.stop()),
      opening(openReceivers(mode), (each) => each.close()),
    ]),
  );
  try {
    const client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
    for (const [path, url] of receivers.urls.entries()) {
      await client.subscribe({
        subscription_name: `${path}`,
        callback_url: url,
        subscription_form: '#',
        payload_format: 'cloudevents-binary',
      });
    }
    const publish = async (events: number, eventsPerS: number, listLength: number) => {
      const load = startLoad({ ingestUrl: bus.ingest.url, name: `e${events}`, events, eventsPerS, listLength });
      await load.done;
    };
    const untilHealthyHave = (events: number) =>
      waitFor(async () => (await receivers.counts()).delivered.slice(bad).every((count) => count >= events), {
        what: `${events} events at each healthy receiver`,
        timeoutMs: 120_000,
      });

    // The breakers of the bad receivers open, and node compiles the code.
    await publish(20, 4, 1);
    await untilHealthyHave(20);
    const start = performance.now();
    await publish(burst, Infinity, 20);
    await untilHealthyHave(20 + burst);
    const throughput = ((subscriptions - bad) * burst * 1_000) / (performance.now() - start);

    await receivers.counts();
    const latenciesMs: number[] = [];
    await publish(steady.events, steady.eventsPerS, 1);
    const accepted = 20 + burst + steady.events;
    let counts: Counts;
    do {
      counts = await receivers.counts();
      latenciesMs.push(...counts.latenciesMs);
    } while (counts.delivered.slice(bad).some((count) => count < accepted));
    latenciesMs.sort((one, other) => one - other);
    const p99Ms = latenciesMs[Math.ceil(0.99 * latenciesMs.length) - 1] ?? 0;
    return { accepted, counts, throughput, p99Ms, memoryMiB: peakMemoryMiB(bus.delivery.child.pid) };
  } finally {
    // A stop would wait for the callbacks that hang.
    await Promise.all([bus.ingest.kill(), bus.delivery.kill(), bus.subscription.kill()]);
    await receivers.close();
  }
}

/** The peak of resident memory, from the kernel. */
function peakMemoryMiB(pid: number | undefined): number {
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1_024;
}

interface Ratios {
  readonly throughput: number;
  readonly p99: number;
  readonly memory: number;
}

/** @param values an odd number of them */
function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[(values.length - 1) / 2]!;
}

test('thirty of a hundred receivers hang, fail, refuse, trickle or never end, and the other seventy get callbacks as before', async () => {
  const good: Run[] = [];
  const mixed: Run[] = [];
  const ratiosOf = (): Ratios => {
    const medianOf = (figure: 'throughput' | 'p99Ms' | 'memoryMiB') =>
      median(mixed.map((run, pair) => run[figure] / good[pair]![figure]));
    return { throughput: medianOf('throughput'), p99: medianOf('p99Ms'), memory: medianOf('memoryMiB') };
  };
  const isEnough = ({ throughput, p99, memory }: Ratios) => throughput >= 0.9 && p99 <= 1.5 && memory <= 1.3;
  const isDone = () =>
    mixed.length >= pairs.atMost || (mixed.length >= pairs.atLeast && mixed.length % 2 === 1 && isEnough(ratiosOf()));
  while (!isDone()) {
    good.push(await run('good'));
    mixed.push(await run('bad'));
  }
  const ratios = ratiosOf();

  const { accepted, counts } = mixed.at(-1)!;
  const delivered = counts.delivered.slice(bad).reduce((sum, count) => sum + count, 0);
  const count = {
    accepted,
    due: 70 * accepted,
    delivered,
    duplicate: counts.duplicate,
    lost: 70 * accepted - delivered,
  };
  report('6 thirty bad receivers of a hundred', count, {
    'throughput ratio': ratios.throughput.toFixed(2),
    'p99 ratio': ratios.p99.toFixed(2),
    'memory ratio': ratios.memory.toFixed(2),
    'healthy runs (callbacks/s, p99 ms, MiB)': good.map(figuresOf).join(' '),
    'with bad ones': mixed.map(figuresOf).join(' '),
  });
  expect(count.lost).toBe(0);
  expect(ratios.throughput).toBeGreaterThanOrEqual(0.9);
  expect(ratios.p99).toBeLessThanOrEqual(1.5);
  expect(ratios.memory).toBeLessThanOrEqual(1.3);
}, 900_000);

function figuresOf({ throughput, p99Ms, memoryMiB }: Run): string {
  return `(${throughput.toFixed(0)}, ${p99Ms}, ${memoryMiB.toFixed(0)})`;
}
