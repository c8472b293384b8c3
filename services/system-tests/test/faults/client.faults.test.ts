import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { batchMost } from '@callbus/contracts/events/event-batch';
import { runProgram } from '@callbus/testing/processes/program';
import { waitFor } from '@callbus/testing/wait-for';
import { createRandom } from './support/random.js';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';

const events = 100_000;
const eventsPerS = 2_500;
const eventBytes = 500;
/** The longest outages and the start of a broker on a busy machine take longer, so that some publishes fail. */
const retryForMs = 4_000;
const longestAwayMs = 8_000;
const longestPauseMs = 5_000;
const mostKills = 8;
const eventsInHand = 1_000;
const prefetch = 100;
/** The most events of a message. */
const eventsPerMessage = batchMost.events;

interface Line {
  readonly ended: number;
  readonly mostInHand: number;
  readonly heapBytes: number;
  readonly reported?: readonly string[];
  readonly codes?: Readonly<Record<string, number>>;
}

const victims = ['ingest', 'broker'] as const;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 1, env: { WORKER_PREFETCH: String(prefetch) } });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
}, 120_000);

test('each event of the client is accepted once or reported, while ingest and broker are killed at random moments', async () => {
  const seed = Date.now() % 1_000_000;
  const random = createRandom(seed);
  const lines: Line[] = [];
  const env = {
    BUS_URL: stage.bus.ingest.url,
    EVENTS: String(events),
    EVENTS_PER_S: String(eventsPerS),
    EVENT_BYTES: String(eventBytes),
    RETRY_FOR_MS: String(retryForMs),
  };
  const publisher = runProgram('system-tests/test/faults/support/publish-many.mjs', env, {
    execArgv: ['--expose-gc'],
    onLine: (line) => lines.push(JSON.parse(line) as Line),
  });
  await waitFor(() => lines.length > 1, { what: 'the first events', timeoutMs: 30_000 });

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
  expect([await publisher.exited, publisher.output()]).toEqual([0, expect.any(String)]);

  const end = lines.at(-1)!;
  const reported = new Set(end.reported);
  const ids = Array.from({ length: events }, (_, id) => String(id));
  const accepted = new Set(ids.filter((id) => !reported.has(id)));
  const count = await stage.settle({ accepted, done: Promise.resolve() });
  const reportedButStored = [...reported].filter((id) => stage.ledger.times('/0', id) > 0).length;
  const heap = lines.map(({ heapBytes }) => heapBytes);
  // What a killed broker or ingest had stored, but not answered, is published again. A broker delivers again what the worker held.
  const inFlight = (kills.ingest + kills.broker) * eventsInHand + kills.broker * prefetch * eventsPerMessage;
  const grownMiB = (Math.max(...heap) - (heap[0] ?? 0)) / 1024 / 1024;
  report('19 the client, while ingest and broker are killed', count, {
    seed,
    'kills of ingest': kills.ingest,
    'kills of the broker': kills.broker,
    'at most duplicate': inFlight,
    reported: reported.size,
    'reported but delivered': reportedButStored,
    errors: JSON.stringify(end.codes),
    'most events in hand': end.mostInHand,
    'heap MiB grown by': grownMiB.toFixed(1),
  });
  expect(end.ended).toBe(events);
  expect(count).toMatchObject({ accepted: events - reported.size, lost: 0 });
  expect(count.duplicate).toBeLessThanOrEqual(inFlight);
  // One is taken ahead.
  expect(end.mostInHand).toBeLessThanOrEqual(eventsInHand + 1);
  // An event in hand costs less than 8 KiB: its members, its JSON twice, promises and the request. The ids of reported ones stay, too.
  expect(grownMiB).toBeLessThan((eventsInHand * 8 * 1024 + reported.size * 200) / 1024 / 1024);
  expect(kills.ingest).toBeGreaterThan(0);
  expect(kills.broker).toBeGreaterThan(0);
}, 600_000);
