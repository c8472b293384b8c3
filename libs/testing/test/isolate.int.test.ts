import { describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import pg from 'pg';
import { findDatabases } from '../src/servers/databases.js';
import { isolate } from '../src/isolate.js';
import { findTopology } from '../src/rabbitmq/rabbitmq-objects.js';
import { findKeys } from '../src/redis-keys.js';

describe('isolate', () => {
  it('gives every caller different names', async () => {
    const [one, other] = await Promise.all([isolate(), isolate()]);
    expect(one.brokerPrefix).toMatch(/^t[0-9a-f]{8}\.$/);
    expect(one.redisPrefix).toMatch(/^t[0-9a-f]{8}:$/);
    expect(one.brokerPrefix).not.toBe(other.brokerPrefix);
    await Promise.all([one.cleanUp(), other.cleanUp()]);
  });

  it('drops its database even while a client is connected', async () => {
    const place = await isolate({ database: true });
    const client = new pg.Client(place.databaseUrl);
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const name = rows[0]!.name;
    await expect(findDatabases(place.databaseUrl, [name])).resolves.toEqual([name]);

    await place.cleanUp();
    await expect(findDatabases(process.env['TEST_DATABASE_URL']!, [name])).resolves.toEqual([]);
    await client.end();
  });

  it('cleans up queues, exchanges and keys under its prefixes, and nothing else', async () => {
    const [place, other] = await Promise.all([isolate(), isolate()]);
    const queue = `${place.brokerPrefix}retry.5s`;
    const kept = `${other.redisPrefix}kept`;
    const connection = await connect(place.amqpUrl, { noDelay: true });
    const channel = await connection.createChannel();
    await channel.assertQueue(queue, { durable: true });
    await channel.assertExchange(`${place.brokerPrefix}events`, 'topic');
    await connection.close();
    const redis = new Redis(place.redisUrl);
    await redis.mset({ [`${place.redisPrefix}a`]: '1', [kept]: '1' });
    await expect(findTopology(place.amqpUrl, [place.brokerPrefix])).resolves.toEqual(
      expect.arrayContaining([`queue ${queue}`, `exchange ${place.brokerPrefix}events`]),
    );

    await place.cleanUp();
    await expect(findTopology(place.amqpUrl, [place.brokerPrefix])).resolves.toEqual([]);
    await expect(findKeys(place.redisUrl, [place.redisPrefix, other.redisPrefix])).resolves.toEqual([kept]);
    await other.cleanUp();
    redis.disconnect();
  });
});
