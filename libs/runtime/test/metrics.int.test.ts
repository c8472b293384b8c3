import { startPrivateRedis } from '@callbus/testing/servers/private-redis';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, expect, test } from '@jest/globals';
import { Router } from 'express';
import { createApp } from '../src/http/app.js';
import { listen, type HttpService } from '../src/http/http-service.js';
import { createLogger } from '../src/observability/logger.js';
import { createMetrics } from '../src/observability/metrics.js';
import { connectRedis, memoryOf } from '../src/redis/redis.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const open: HttpService[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((service) => service.close()));
});

async function serve(metrics: ReturnType<typeof createMetrics>, routers: Router[] = []) {
  const { router, observeRequest } = metrics;
  const app = createApp({ routers: [...routers, router], readiness: () => ({}), observeRequest, logger });
  const service = await listen(app, { host: '127.0.0.1', port: 0 });
  open.push(service);
  return { url: service.url, scrape: async () => (await fetch(`${service.url}/metrics`)).text() };
}

test('a dependency is down when its check returns false, throws or does not resolve', async () => {
  const metrics = createMetrics();
  const { scrape } = await serve(metrics);
  metrics.watchDependency('rabbitmq', () => false);
  metrics.watchDependency('postgres', () => Promise.reject(new Error('away')));
  metrics.watchDependency('redis', () => true);
  expect((await scrape()).split('\n')).toEqual(
    expect.arrayContaining([
      'callbus_dependency_up{dependency="rabbitmq"} 0',
      'callbus_dependency_up{dependency="postgres"} 0',
      'callbus_dependency_up{dependency="redis"} 1',
    ]),
  );
  metrics.watchDependency('redis', () => new Promise(() => undefined));
  expect(await scrape()).toContain('callbus_dependency_up{dependency="redis"} 0');
});

test('requests are counted by route template, for any path, method and letter case', async () => {
  const inner = Router();
  inner.get(['/one', '/two/:id'], (_request, response) => void response.end());
  inner.get('/', (_request, response) => void response.status(204).end());
  const outer = Router();
  outer.use('/Mounted', inner);
  const { url, scrape } = await serve(createMetrics(), [outer]);

  for (const path of ['/mounted/one', '/MOUNTED/one', '/mounted/ONE', '/mounted', '/nowhere/1', '/nowhere/2'])
    await fetch(`${url}${path}`);
  await fetch(`${url}/mounted/one`, { method: 'PROPFIND' });

  const counts = (await scrape()).split('\n').filter((line) => line.includes('_request_duration_seconds_count'));
  const count = (method: string, route: string, status: number, value: number) =>
    `callbus_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"} ${value}`;
  expect(counts.sort()).toEqual(
    [
      count('GET', '/mounted/one', 200, 3),
      count('GET', '/mounted', 204, 1),
      count('GET', 'unmatched', 404, 2),
      count('other', 'unmatched', 404, 1),
    ].sort(),
  );
});

test('the memory of a Redis is read at every scrape, and has no value while Redis is away', async () => {
  const server = await startPrivateRedis('--maxmemory', '64mb');
  const redis = connectRedis({ url: server.url, logger });
  try {
    await waitFor(() => redis.status === 'ready', { what: 'the connection' });
    const metrics = createMetrics();
    const { scrape } = await serve(metrics);
    metrics.watchRedisMemory('redis', () => memoryOf(redis));
    const used = async () =>
      Number(/^callbus_redis_memory_used_bytes\{redis="redis"\} (\d+)$/m.exec(await scrape())?.[1]);

    expect(await scrape()).toContain(`callbus_redis_memory_max_bytes{redis="redis"} ${64 * 1024 * 1024}`);
    const before = await used();
    await redis.set('large', 'x'.repeat(5_000_000));
    expect(await used()).toBeGreaterThan(before + 5_000_000);
    await redis.config('SET', 'maxmemory', '0');
    expect(await scrape()).toContain('callbus_redis_memory_max_bytes{redis="redis"} 0');

    await server.stop();
    await waitFor(() => redis.status !== 'ready', { what: 'the connection to break' });
    expect(await scrape()).not.toContain('callbus_redis_memory_used_bytes{');
  } finally {
    redis.disconnect();
    await server.remove();
  }
});
