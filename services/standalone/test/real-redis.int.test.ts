import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@callbus/runtime/config/read-config';
import type { Logger } from '@callbus/runtime/observability/logger';
import { isolate, type Place } from '@callbus/testing/isolate';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { startStandalone, type Standalone } from '../src/service.js';
import { standaloneSettings } from '../src/settings.js';

let dataDir: string;
let place: Place;
let redis: TcpProxy;
let bus: Standalone | undefined;
let logged: string[];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callbus-standalone-'));
  place = await isolate({ database: true });
  redis = await openTcpProxy(place.redisUrl);
});
afterEach(() => bus?.close());
afterAll(async () => {
  await redis.close();
  await place.cleanUp();
  await rm(dataDir, { recursive: true });
});

/** @returns the URL of standalone */
async function start(env: Readonly<Record<string, string>> = {}): Promise<string> {
  logged = [];
  const config = readConfig(standaloneSettings, {
    PORT: '0',
    CALLBUS_DATA_DIR: dataDir,
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: redis.url,
    REDIS_PREFIX: place.redisPrefix,
    ...env,
  });
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }) as Logger;
  bus = await startStandalone({ config, logger, stopping: new AbortController().signal, show: () => undefined });
  return bus.url;
}

/** Publishes an event that is the same each time. @returns the status and the duration of the request */
async function publish(url: string) {
  const startedAt = performance.now();
  const answer = await fetch(`${url}/cloudevents`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({ specversion: '1.0', id: 'same', source: 'a.b', type: 'c', data: 1 }),
  });
  return { status: answer.status, durationMs: performance.now() - startedAt };
}

test('an ordinary start logs no warning', async () => {
  await start();
  await waitFor(() => logged.filter((line) => line.includes('redis connected')).length === 2, { what: 'Redis' });
  const warned = logged.filter((line) => (JSON.parse(line) as { level: number }).level >= pino.levels.values['warn']!);
  expect(warned).toEqual([]);
});

test('without a deduplication window, publishing does not use Redis and logs no warning', async () => {
  const url = await start({ DEDUPLICATION_WINDOW_S: '0' });
  for (let round = 0; round < 3; round += 1) expect(await publish(url)).toMatchObject({ status: 202 });
  expect(logged.filter((line) => line.includes('publishing without deduplication'))).toEqual([]);
  expect(logged.join('')).toContain('redis connected');
});

test('a publish waits for a silent Redis no longer than in ingest', async () => {
  const url = await start();
  expect(await publish(url)).toMatchObject({ status: 202 });
  redis.fallSilent();
  const { status, durationMs } = await publish(url);
  expect(status).toBe(202);
  expect(durationMs).toBeGreaterThan(100);
  // Other connections to Redis wait for a second.
  expect(durationMs).toBeLessThan(1_000);
  redis.speak();
  redis.cut();
});
