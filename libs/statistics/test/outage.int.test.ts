import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { connectRedis } from '@callbus/runtime/redis/redis';
import type { PrivateServer } from '@callbus/testing/servers/private-server';
import { startPrivateRedis } from '@callbus/testing/servers/private-redis';
import { waitFor } from '@callbus/testing/wait-for';
import { pino } from 'pino';
import { createRedisStatistics } from '../src/redis.js';
import type { Statistics } from '../src/statistics.js';
import { attemptOf, expectTotals } from './contract.js';

describe('statistics over an outage of Redis', () => {
  let server: PrivateServer;
  let statistics: Statistics;
  beforeAll(async () => {
    server = await startPrivateRedis();
    const logger = pino({ level: 'silent' });
    const redis = connectRedis({ url: server.url, logger });
    statistics = createRedisStatistics({ redis, tracesMaxBytes: 16_777_216, prefix: 't:', logger });
    await waitFor(() => statistics.isReady(), { what: 'Redis' });
  });
  afterAll(async () => {
    await statistics.close();
    await server.remove();
  });

  it('counts every attempt once although Redis is killed again and again meanwhile', async () => {
    let recorded = 0;
    const recording = setInterval(() => {
      statistics.recordAttempt(attemptOf((recorded % 3) + 1));
      recorded += 1;
    }, 1);
    for (let kills = 0; kills < 3; kills += 1) {
      await waitFor(() => statistics.isReady(), { what: 'Redis to be back' });
      const before = recorded;
      await waitFor(() => recorded > before + 50, { what: 'more attempts' });
      await server.kill();
      await waitFor(() => !statistics.isReady(), { what: 'Redis to be missed' });
      await server.start();
    }
    clearInterval(recording);

    for (const subscription of [1, 2, 3]) {
      await expectTotals(statistics, subscription, { total: Math.floor((recorded + 3 - subscription) / 3) });
    }
  });
});
