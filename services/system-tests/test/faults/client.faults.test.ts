import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { batchMost } from '@callbus/contracts/events/event-batch';
import { runProgram, type Program } from '@callbus/testing/processes/program';
import { waitFor } from '@callbus/testing/wait-for';
import { createRandom } from './support/random.js';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';

const eventBytes = 500;
const longestAwayMs = 4_000;
const longestPauseMs = 10_000;
const mostKills = 6;
const eventsInHand = 1_000;
const prefetch = 100;
/** The most events of a message. */
const eventsPerMessage = batchMost.events;

interface Line {
  readonly ended: number;
  readonly failed: number;
  readonly mostInHand: number;
  readonly heapBytes: number;
  readonly reported?: readonly string[];
  readonly codes?: Readonly<Record<string, number>>;
}

interface Kills {
  readonly ingest: number;
  readonly broker: number;
}

interface Drill {
  readonly name: string;
  /** The ids begin with it. */
  readonly run: string;
  readonly events: number;
  readonly eventsPerS: number;
  /** How long the client repeats a request. Default: that of the client, a minute. */
  readonly retryForMs?: number;
  readonly notes?: Readonly<Record<string, number>>;
  /**
   * Kills and starts servers while the client publishes.
   *
   * @param failed the events so far that the client has given up
   */
  readonly disturb: (publisher: Program, failed: () => number) => Promise<Kills>;
}

const victims = ['ingest', 'broker'] as const;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 1, env: { WORKER_PREFETCH: String(prefetch) } });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
}, 120_000);

/** @returns how many events the client has reported as not published; each of the others is accepted, and delivered */
async function drill({ name, run, events, eventsPerS, retryForMs, notes, disturb }: Drill): Promise<number> {
  const lines: Line[] = [];
  const env = {
    BUS_URL: stage.bus.ingest.url,
    RUN: run,
    EVENTS: String(events),
    EVENTS_PER_S: String(eventsPerS),
    EVENT_BYTES: String(eventBytes),
    ...(retryForMs !== undefined && { RETRY_FOR_MS: String(retryForMs) }),
  };
  const publisher = runProgram('system-tests/test/faults/support/publish-many.mjs', env, {
    execArgv: ['--expose-gc'],
    onLine: (line) => lines.push(JSON.parse(line) as Line),
  });
  await waitFor(() => lines.length > 1, { what: 'the first events', timeoutMs: 30_000 });
  const kills = await disturb(publisher, () => lines.at(-1)!.failed);
  expect([await publisher.exited, publisher.output()]).toEqual([0, expect.any(String)]);

  const end = lines.at(-1)!;
  const reported = new Set(end.reported);
  const ids = Array.from({ length: events }, (_, index) => `${run}-${index}`);
  const accepted = new Set(ids.filter((id) => !reported.has(id)));
  const count = await stage.settle({ accepted, done: Promise.resolve() });
  const reportedButStored = [...reported].filter((id) => stage.ledger.times('/0', id) > 0).length;
  const heap = lines.map(({ heapBytes }) => heapBytes);
  // What a killed broker or ingest had stored, but not answered, is published again. A broker delivers again what the worker held.
  const inFlight = (kills.ingest + kills.broker) * eventsInHand + kills.broker * prefetch * eventsPerMessage;
  const grownMiB = (Math.max(...heap) - heap[0]!) / 1024 / 1024;
  report(name, count, {
    ...notes,
    'kills of ingest': kills.ingest,
    'kills of the broker': kills.broker,
    'seconds of publishing': lines.length,
    'at most duplicate': inFlight,
    reported: reported.size,
    'reported but delivered': reportedButStored,
    errors: JSON.stringify(end.codes),
    'most events in hand': end.mostInHand,
    'heap MiB grown by': grownMiB.toFixed(1),
  });
  expect([end.ended, end.failed]).toEqual([events, reported.size]);
  expect(count).toMatchObject({ accepted: events - reported.size, lost: 0 });
  expect(count.duplicate).toBeLessThanOrEqual(inFlight);
  // One is taken ahead.
  expect(end.mostInHand).toBeLessThanOrEqual(eventsInHand + 1);
  // An event in hand costs less than 8 KiB: its members, its JSON twice, promises and the request. The ids of reported ones stay, too.
  expect(grownMiB).toBeLessThan((eventsInHand * 8 * 1024 + reported.size * 200) / 1024 / 1024);
  return reported.size;
}

test('a client stores its events once each, while ingest and broker are killed at random moments', async () => {
  const seed = Date.now() % 1_000_000;
  const random = createRandom(seed);
  const events = 100_000;
  const reported = await drill({
    name: '19 the client, while ingest and broker are killed',
    run: 'patient',
    events,
    eventsPerS: 2_500,
    notes: { seed },
    async disturb(publisher) {
      const kills = { ingest: 0, broker: 0 };
      for (let round = 0; round < mostKills && !publisher.hasExited(); round += 1) {
        // Each of the two at least once, then at random.
        const name = round < 2 ? victims[round]! : random.of(victims);
        const victim = name === 'ingest' ? stage.bus.ingest : stage.servers.rabbitmq;
        await victim.kill();
        kills[name] += 1;
        await sleep(random.below(longestAwayMs));
        await victim.start();
        await Promise.race([sleep(random.below(longestPauseMs)), publisher.exited]);
      }
      expect([kills.ingest > 0, kills.broker > 0]).toEqual([true, true]);
      return kills;
    },
  });
  // A request fails only if each of its attempts within a minute meets an outage.
  expect(reported).toBeLessThan(events / 100);
}, 600_000);

test('a client that gives up after a second reports each event that it has not published', async () => {
  const events = 5_000;
  const reported = await drill({
    name: '19b the client that gives up, while the broker is killed',
    run: 'impatient',
    events,
    eventsPerS: 250,
    retryForMs: 1_000,
    async disturb(_publisher, failed) {
      const { rabbitmq } = stage.servers;
      await rabbitmq.kill();
      await waitFor(() => failed() > 0, { what: 'the first reported event', timeoutMs: 30_000 });
      await rabbitmq.start();
      return { ingest: 0, broker: 1 };
    },
  });
  expect(reported).toBeGreaterThan(0);
  expect(reported).toBeLessThan(events);
}, 120_000);
