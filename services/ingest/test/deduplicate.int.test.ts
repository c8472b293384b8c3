import { connectRedis, takesWrites } from '@callbus/runtime/redis/redis';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { isolate, type Place } from '@callbus/testing/isolate';
import { startPrivateRedis } from '@callbus/testing/servers/private-redis';
import type { PrivateServer } from '@callbus/testing/servers/private-server';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { createMemoryDeduplicate, type Claim, type Deduplicate } from '../src/deduplication/deduplicate.js';
import { createRedisDeduplicate } from '../src/deduplication/redis-deduplicate.js';
import { silent } from './doors.js';

const windowS = 1;
const claimMs = 5_000;
let place: Place;
let redis: Redis;

beforeAll(async () => {
  place = await isolate();
  redis = connectRedis({ url: place.redisUrl, logger: silent });
  await waitFor(() => redis.status === 'ready', { what: 'Redis' });
});
afterAll(async () => {
  redis.disconnect();
  await place.cleanUp();
});

describe.each(['Redis', 'memory'])('in %s', (kind) => {
  let deduplicate: Deduplicate;
  beforeAll(() => {
    deduplicate =
      kind === 'memory'
        ? createMemoryDeduplicate({ windowS, now: Date.now })
        : createRedisDeduplicate({ redis, prefix: place.redisPrefix, windowS, claimMs, logger: silent });
  });

  test('recognizes a confirmed event as a repeat', async () => {
    expect(await deduplicate.claim(['a', 'b', 'c'])).toEqual(['fresh', 'fresh', 'fresh']);
    await deduplicate.confirm(['a', 'c']);
    expect(await deduplicate.claim(['a', 'b', 'c'])).toEqual(['repeat', 'fresh', 'repeat']);
    expect(await deduplicate.claim([])).toEqual([]);
  });

  test('does not take an event for a repeat after its claim was given back', async () => {
    await deduplicate.claim(['back']);
    await deduplicate.giveBack(['back']);
    expect(await deduplicate.claim(['back'])).toEqual(['fresh']);
  });

  test('forgets an event after the window', async () => {
    await deduplicate.confirm(['short']);
    expect(await deduplicate.claim(['short'])).toEqual(['repeat']);
    await waitFor(async () => (await deduplicate.claim(['short']))[0] === 'fresh', { what: 'the end of the window' });
  });
});

describe('two processes', () => {
  const open = (ownClaimMs = claimMs) =>
    createRedisDeduplicate({ redis, prefix: place.redisPrefix, windowS: 600, claimMs: ownClaimMs, logger: silent });

  test('do not claim the same event: it is a repeat after a confirm, and fresh after giving back', async () => {
    const [one, other] = [open(), open()];
    expect(await one.claim(['p1', 'p2'])).toEqual(['fresh', 'fresh']);
    expect(await other.claim(['p2', 'p3', 'p1'])).toEqual(['claimed', 'fresh', 'claimed']);
    await one.confirm(['p1']);
    await one.giveBack(['p2', 'p3']);
    expect(await other.claim(['p1', 'p2'])).toEqual(['repeat', 'fresh']);
    expect(await one.claim(['p2', 'p3'])).toEqual(['claimed', 'claimed']);
  });

  test('the claim of a process that died ends after the confirm time-out', async () => {
    const [dead, other] = [open(100), open(100)];
    await dead.claim(['d1']);
    const claims = new Set<Claim | undefined>();
    await waitFor(
      async () => {
        const [claim] = await other.claim(['d1']);
        claims.add(claim);
        return claim === 'fresh';
      },
      { what: 'the end of the claim' },
    );
    expect(claims).toEqual(new Set(['claimed', 'fresh']));
  });

  test('an older process, which has no claims, does not take a claim for a publish', async () => {
    await open().claim(['old']);
    expect(await redis.exists(`${place.redisPrefix}seen:old`)).toBe(0);
  });
});

test('keys have the prefix and expire after the window', async () => {
  const deduplicate = createRedisDeduplicate({
    redis,
    prefix: place.redisPrefix,
    windowS: 600,
    claimMs,
    logger: silent,
  });
  await deduplicate.confirm(['x']);
  const ttl = await redis.ttl(`${place.redisPrefix}seen:x`);
  expect(ttl).toBeGreaterThan(590);
  expect(ttl).toBeLessThanOrEqual(600);
});

/** A logger that keeps its lines. */
function openLog() {
  const lines: Record<string, unknown>[] = [];
  const keep = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(JSON.parse(line.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { lines, logger: pino({ level: 'warn' }, keep) };
}

describe('a Redis that cannot run the scripts', () => {
  test.each([
    ['in cluster mode', ['--cluster-enabled', 'yes'], 'Redis is in cluster mode'],
    ['that is a read-only replica', ['--replicaof', '127.0.0.1', '1'], 'Redis is a read-only replica'],
  ])('%s counts as away, with one line of the log', async (_case, args, reason) => {
    const server = await startPrivateRedis(...args);
    const { lines, logger } = openLog();
    const connection = connectRedis({ url: server.url, logger: silent });
    try {
      const deduplicate = createRedisDeduplicate({ redis: connection, prefix: 'x:', windowS: 600, claimMs, logger });
      await waitFor(() => lines.length > 0, { what: 'the line of the log' });
      expect(deduplicate.isUsable()).toBe(false);
      for (let turn = 0; turn < 20; turn += 1) {
        const identities = Array.from({ length: 5 }, (_, index) => `${turn % 2} ${index}`);
        expect(new Set(await deduplicate.claim(identities))).toEqual(new Set(['fresh']));
        await deduplicate.confirm(identities);
      }
      expect(lines).toMatchObject([{ msg: 'publishing without deduplication', reason }]);
    } finally {
      connection.disconnect();
      await server.stop();
      await server.remove();
    }
  });
});

describe('a Redis that takes no writes', () => {
  let server: PrivateServer;
  let connection: Redis;
  beforeAll(async () => {
    server = await startPrivateRedis();
    connection = connectRedis({ url: server.url, logger: silent });
    await waitFor(() => connection.status === 'ready', { what: 'Redis' });
  });
  afterAll(async () => {
    connection.disconnect();
    await server.remove();
  });

  test.each([
    ['is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0'], /^OOM/],
    ['is read-only', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE'], /READONLY|read-only/],
    [
      'lacks replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
      /^NOREPLICAS/,
    ],
  ] as const)(
    'because it %s counts as away, and is logged once',
    async (_why, [command, ...begin], [, ...end], reason) => {
      const { lines, logger } = openLog();
      const deduplicate = createRedisDeduplicate({ redis: connection, prefix: 'x:', windowS: 600, claimMs, logger });
      await deduplicate.confirm(['known']);
      await connection.call(command, ...begin);
      for (let turn = 0; turn < 20; turn += 1) {
        expect(await deduplicate.claim([`${turn}`])).toEqual(['fresh']);
        await deduplicate.confirm([`${turn}`]);
        // A command that needs no memory succeeds on a full Redis.
        await deduplicate.claim(['known']);
        await deduplicate.giveBack([`${turn}`]);
      }
      expect(lines).toMatchObject([{ msg: 'publishing without deduplication', reason: expect.stringMatching(reason) }]);
      await expect(takesWrites(connection, 'x:')).rejects.toThrow();
      await connection.call(command, ...end);
      expect(await takesWrites(connection, 'x:')).toBe(true);
    },
  );
});

describe('when Redis is', () => {
  let proxy: TcpProxy;
  let connection: Redis;
  let deduplicate: Deduplicate;

  beforeAll(async () => {
    proxy = await openTcpProxy(place.redisUrl);
    connection = connectRedis({ url: proxy.url, logger: silent, commandTimeoutMs: 150 });
    await waitFor(() => connection.status === 'ready', { what: 'Redis behind the proxy' });
    deduplicate = createRedisDeduplicate({
      redis: connection,
      prefix: place.redisPrefix,
      windowS: 600,
      claimMs,
      logger: silent,
    });
    await deduplicate.confirm(['away']);
  });
  afterAll(async () => {
    connection.disconnect();
    await proxy.close();
  });

  test('silent, no event is a repeat once the command time-out is over', async () => {
    expect(await deduplicate.claim(['away'])).toEqual(['repeat']);
    proxy.fallSilent();
    expect(await deduplicate.claim(['away'])).toEqual(['fresh']);
    await deduplicate.confirm(['away']);
  });

  test('away, no event is a repeat, without waiting for the command time-out', async () => {
    proxy.refuse();
    proxy.cut();
    await waitFor(() => connection.status !== 'ready', { what: 'the end of the connection' });
    // This time-out is longer than the time of the test.
    const patient = connectRedis({ url: proxy.url, logger: silent, commandTimeoutMs: 600_000 });
    const { redisPrefix: prefix } = place;
    const unserved = createRedisDeduplicate({ redis: patient, prefix, windowS: 600, claimMs, logger: silent });
    for (const each of [deduplicate, unserved]) {
      expect(await each.claim(['away'])).toEqual(['fresh']);
      await each.confirm(['away']);
    }
    patient.disconnect();
  });

  test('back, repeats are recognized again', async () => {
    proxy.speak();
    proxy.accept();
    await waitFor(() => connection.status === 'ready', { what: 'the new connection' });
    expect(await deduplicate.claim(['away', 'never'])).toEqual(['repeat', 'fresh']);
  });
});
