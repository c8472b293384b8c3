import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { openRawConnection } from './support/raw-exchange.js';
import { report } from './support/report.js';
import { stageOfFile } from './support/stage-of-file.js';

const MiB = 1024 * 1024;
const bodyBytes = 5 * MiB;
const senders = 300;
const attackMs = 8_000;
/** The limit of ingest in k8s/base. */
const memoryLimitMiB = 768;

const stage = stageOfFile({ subscriptions: 1 });

/** Starts a publisher of another account. It publishes one event after the other and measures each answer. */
function startNeighbour(name: string) {
  const url = `${stage().bus.ingest.url}/v1/event-bus/recv`;
  const accepted = new Set<string>();
  let durationsMs: number[] = [];
  let refused = 0;
  const stopping = new AbortController();

  const done = (async () => {
    for (let index = 0; !stopping.signal.aborted; index += 1) {
      const id = `${name}-${index}`;
      const body = JSON.stringify({ eventBusId: 'b', eventList: [{ id, source: 'neighbour', type: name }] });
      const start = performance.now();
      const answer = await fetch(url, { method: 'POST', body }).catch(() => undefined);
      await answer?.text();
      durationsMs.push(performance.now() - start);
      if (answer?.status === 200) accepted.add(id);
      else refused += 1;
      await sleep(5);
    }
  })();

  return {
    accepted,
    refused: () => refused,
    /** The p99 of the requests since the last call. */
    p99Ms() {
      const sorted = durationsMs.sort((one, other) => one - other);
      durationsMs = [];
      return Math.round(sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN);
    },
    async stop(): Promise<void> {
      stopping.abort();
      await done;
    },
  };
}

async function deliveredTo(accepted: ReadonlySet<string>) {
  const { ledger, paths } = stage();
  await waitFor(() => ledger.has(paths, accepted), { what: 'every event', timeoutMs: 30_000 }).catch(() => undefined);
  return ledger.count(paths, accepted);
}

/** Sends a body without its last byte, and connects again when the connection is cut. */
function startUnfinished(port: number, body: Buffer): { stop: () => void; times: () => number } {
  let socket: Socket | undefined;
  let times = 0;
  const open = () => {
    times += 1;
    socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.once('close', () => socket && setTimeout(() => socket && open(), 200).unref());
    socket.write(`POST /api/publish HTTP/1.1\r\nHost: x\r\nContent-Length: ${bodyBytes}\r\n\r\n`);
    socket.write(body);
  };
  open();
  return {
    times: () => times,
    stop() {
      const last = socket;
      socket = undefined;
      last?.destroy();
    },
  };
}

const peakMiBOf = (pid: number | undefined) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test('beside three hundred unfinished bodies of 5 MiB, another account publishes as before', async () => {
  const { ingest } = stage().bus;
  const neighbour = startNeighbour('beside-unfinished');
  await waitFor(() => neighbour.accepted.size >= 200, { what: 'events before' });
  const beforeMs = neighbour.p99Ms();

  const body = Buffer.alloc(bodyBytes - 1, ' ');
  const port = Number(new URL(ingest.url).port);
  const unfinished = Array.from({ length: senders }, () => startUnfinished(port, body));
  await sleep(attackMs);
  for (const { stop } of unfinished) stop();
  const duringMs = neighbour.p99Ms();
  await neighbour.stop();

  const count = await deliveredTo(neighbour.accepted);
  const peakMiB = Math.round(peakMiBOf(ingest.child.pid));
  report('A6 300 unfinished bodies of 5 MiB', count, {
    'bodies begun': unfinished.reduce((sum, { times }) => sum + times(), 0),
    'peak of ingest MiB': peakMiB,
    'publishes of the other account refused': neighbour.refused(),
    'its p99 before ms': beforeMs,
    'its p99 meanwhile ms': duringMs,
  });
  expect(count).toMatchObject({ duplicate: 0, lost: 0 });
  expect(neighbour.refused()).toBe(0);
  expect(peakMiB).toBeLessThan(memoryLimitMiB);
  expect(ingest.child.exitCode).toBeNull();
}, 90_000);

/** The largest bodies, in shapes that once took seconds. */
function worstBodies(): readonly (readonly [path: string, type: string, body: string])[] {
  const values = (count: number, value: string) => Array(count).fill(value).join();
  const members = (count: number) => Array.from({ length: count }, (_, index) => `"x${index}":1`).join();
  const event = '"specversion":"1.0","id":"1","source":"s","type":"t"';
  const structured = 'application/cloudevents+json';
  const search = '/api/v3/event/subscribe/search/mallory/2';
  return [
    ['/cloudevents', structured, `{${event},${members(20_000)}}`],
    ['/cloudevents', structured, `{${event},"time":"${'T'.repeat(250_000)}"}`],
    ['/v1/event-bus/recv', 'application/json', `{"eventBusId":"b","eventList":[{"source":"s",${members(49_000)}}]}`],
    ['/v1/event-bus/recv', 'application/json', `{"eventBusId":"b","x":[${values(2_500_000, '1')}]}`],
    [search, 'application/json', `{"fields":[${values(1_300_000, '"a"')}]}`],
    [search, 'application/json', `{"page":{"sort":"${'a,'.repeat(2_500_000)}"}}`],
    [search, 'application/json', `{"condition":{${members(49_000)}}}`],
  ];
}

test('beside the most expensive valid bodies on each service, another account publishes as before', async () => {
  const { ingest, subscription } = stage().bus;
  const neighbour = startNeighbour('beside-worst');
  await waitFor(() => neighbour.accepted.size >= 200, { what: 'events before' });
  const beforeMs = neighbour.p99Ms();

  const requests = worstBodies().map(([path, type, body]) => ({
    url: path.startsWith('/api/v3') ? subscription.url : ingest.url,
    bytes: Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nHTTP_BK_SUPPLIER_ACCOUNT: mallory\r\nContent-Type: ${type}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  }));
  const end = performance.now() + attackMs;
  const statuses = new Set<number | undefined>();
  let slowestMs = 0;
  let sent = 0;
  await Promise.all(
    [ingest.url, subscription.url].map(async (url) => {
      const connection = openRawConnection(Number(new URL(url).port));
      const own = requests.filter((request) => request.url === url);
      while (performance.now() < end) {
        for (const { bytes } of own) {
          const start = performance.now();
          statuses.add((await connection.exchange(bytes))?.status);
          slowestMs = Math.max(slowestMs, performance.now() - start);
          sent += 1;
        }
      }
      connection.close();
    }),
  );
  const duringMs = neighbour.p99Ms();
  await neighbour.stop();

  const count = await deliveredTo(neighbour.accepted);
  report('A7 the worst legal bodies', count, {
    'bodies sent': sent,
    'answered after at most ms': Math.round(slowestMs),
    'publishes of the other account refused': neighbour.refused(),
    'its p99 before ms': beforeMs,
    'its p99 meanwhile ms': duringMs,
  });
  expect(count).toMatchObject({ duplicate: 0, lost: 0 });
  expect(neighbour.refused()).toBe(0);
  expect([...statuses].sort()).toEqual([400, 413]);
}, 90_000);
