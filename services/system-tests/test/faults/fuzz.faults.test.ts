import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { allRoles } from '@callbus/contracts/keys/holder';
import { addKey } from '@callbus/runtime/auth/key-file';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { startPrivatePostgres } from '@callbus/testing/servers/private-postgres';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { faultOfErrorBody } from '../support/error-shapes.js';
import { internalToken, openApis, type OpenApis } from '../support/open-apis.js';
import type { Subject } from '../support/valid-requests.js';
import { fuzzCase, type FuzzCase, type FuzzOptions } from './support/fuzz-cases.js';
import { openRawConnection, type RawAnswer, type RawConnection } from './support/raw-exchange.js';

const cases = Number(process.env['FUZZ_CASES'] ?? 40_000);
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000_000);
const connections = 32;
/** All subscriptions are deleted after this number of cases, so that the database does not become the bottleneck. */
const casesPerSubject = 500;
/** The growth of caches and pools after the first fifth of the cases. */
const growthMaxBytes = 24 * 1024 * 1024;
/** Node's own answers to requests that are not HTTP or exceed its limits. They have no body. */
const answersOfNode = new Set([400, 408, 413, 417, 431]);

let directory: string;
let postgres: Awaited<ReturnType<typeof startPrivatePostgres>>;
let receiver: Receiver;
let apis: OpenApis;
let options: FuzzOptions;
const errors: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
  const KEYS_FILE = join(directory, 'keys.json');
  const key = await addKey(KEYS_FILE, { account: '0', roles: allRoles });
  postgres = await startPrivatePostgres();
  receiver = await openReceiver();
  apis = await openApis({
    databaseUrl: postgres.url,
    authenticate: await createAuthenticate({ AUTH: 'keys', KEYS_FILE }),
    logger: pino({ level: 'error' }, { write: (line) => void errors.push(line) }),
  });
  const routes = [...apis.publishRoutes, ...apis.manageRoutes];
  options = { routes, seed, authorization: `Bearer ${key}`, internalAuthorization: `Bearer ${internalToken}` };
}, 60_000);
afterAll(async () => {
  await apis.close();
  await receiver.close();
  await postgres.remove();
  await rm(directory, { recursive: true });
});

/** @returns how the answer breaks its contract; undefined when it does not */
function faultOf(asked: FuzzCase, answer: RawAnswer | undefined): string | undefined {
  if (answer === undefined) return asked.isHttp ? 'no answer' : undefined;
  const { status, headers, body } = answer;
  if (status >= 500) return `${status}: ${body}`;
  if (!headers.has('x-request-id'))
    return answersOfNode.has(status) && !/\S/.test(body.replace('0\r\n', ''))
      ? undefined
      : `${status} without a request id: ${body}`;
  if (status < 400 || asked.isHead) return undefined;
  // A mutated path may belong to any contract.
  const paths =
    asked.isOnRoute && asked.isHttp ? [asked.path] : [asked.path, '/api/publish', '/cloudevents', '/api/v3/event', '/'];
  const faults = paths.map((path) => faultOfErrorBody(path, body));
  return faults.includes(undefined) ? undefined : faults[0];
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test(`${cases} mutated requests: no 5xx, no crash, no leak, and every answer follows its contract`, async () => {
  process.stderr.write(`fuzz: FUZZ_SEED=${seed} FUZZ_CASES=${cases}\n`);
  const port = Number(new URL(apis.url).port);
  const pool = Array.from({ length: connections }, () => openRawConnection(port));
  const table = new Map<string, Map<string, number>>();
  const faults: string[] = [];
  const start = performance.now();
  let subject: Subject;
  let next = 0;
  let warmBytes = 0;

  async function work(connection: RawConnection, end: number): Promise<void> {
    while (next < end) {
      const n = next++;
      const asked = fuzzCase(n, options, subject);
      const on = asked.isHttp ? connection : openRawConnection(port);
      const answer = await on.exchange(asked.bytes, { isHead: asked.isHead, isLast: !asked.isHttp });
      const fault = faultOf(asked, answer);
      if (fault !== undefined)
        faults.push(`case ${n}: ${fault.slice(0, 500)}\n${asked.bytes.toString('latin1', 0, 1_500)}`);
      count(asked, String(answer?.status ?? 'closed'));
    }
  }
  function count({ route }: FuzzCase, status: string): void {
    const name = `${route.method} ${route.path}`;
    const statuses = table.get(name) ?? new Map<string, number>();
    table.set(name, statuses.set(status, (statuses.get(status) ?? 0) + 1));
  }

  for (let end = 0; end < cases && faults.length === 0;) {
    end = Math.min(cases, end + casesPerSubject);
    await apis.clear();
    subject = await apis.newSubject({ account: '0', authorization: options.authorization, callbackUrl: receiver.url });
    await Promise.all(pool.map((connection) => work(connection, end)));
    if (end >= cases / 5 && warmBytes === 0) warmBytes = heapBytes();
  }
  const grownBytes = heapBytes() - warmBytes;
  for (const connection of pool) connection.close();

  const seconds = (performance.now() - start) / 1_000;
  process.stderr.write(`${show(table)}\n`);
  process.stderr.write(
    `fuzz: ${next} cases in ${seconds.toFixed(0)} s, heap grown by ${(grownBytes / 1_048_576).toFixed(1)} MiB\n`,
  );
  expect(faults.slice(0, 5)).toEqual([]);
  expect(errors).toEqual([]);
  expect(grownBytes).toBeLessThan(growthMaxBytes);
}, 600_000);

/** A table in Markdown: route, cases, statuses. */
function show(table: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  const rows = [...table]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([route, statuses]) => {
      const total = [...statuses.values()].reduce((sum, times) => sum + times, 0);
      const each = [...statuses].sort().map(([status, times]) => `${status} ×${times}`);
      return `| ${route} | ${total} | ${each.join(', ')} |`;
    });
  return ['| route | cases | statuses |', '| --- | --- | --- |', ...rows].join('\n');
}
