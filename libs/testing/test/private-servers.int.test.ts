import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { handshakes } from '../src/network/handshakes.js';
import { startPrivatePostgres } from '../src/servers/private-postgres.js';
import { startPrivateRedis } from '../src/servers/private-redis.js';
import type { PrivateServer } from '../src/servers/private-server.js';

async function asRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  const value = await use(redis);
  redis.disconnect();
  return value;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(statement);
  await client.end();
  return rows;
}

interface Kind {
  readonly start: () => Promise<PrivateServer>;
  readonly handshake: (url: string) => Promise<void>;
  readonly write: (url: string) => Promise<unknown>;
  readonly read: (url: string) => Promise<unknown>;
  readonly written: unknown;
}

const kinds: Record<string, Kind> = {
  Redis: {
    start: startPrivateRedis,
    handshake: handshakes.redis,
    write: (url) => asRedis(url, (redis) => redis.set('kept', 'yes')),
    read: (url) => asRedis(url, (redis) => redis.get('kept')),
    written: 'yes',
  },
  Postgres: {
    start: startPrivatePostgres,
    handshake: handshakes.database,
    write: (url) => query(url, 'CREATE TABLE kept AS SELECT 1 AS one'),
    read: (url) => query(url, 'SELECT one FROM kept'),
    written: [{ one: 1 }],
  },
};

describe.each(Object.entries(kinds))('a private %s', (_name, kind) => {
  it('keeps its address and its data after a stop or kill, and ends when it is removed', async () => {
    const server = await kind.start();
    await kind.write(server.url);

    await server.stop();
    await expect(kind.handshake(server.url)).rejects.toThrow();
    await server.start();
    await expect(kind.read(server.url)).resolves.toEqual(kind.written);

    await server.kill();
    await expect(kind.handshake(server.url)).rejects.toThrow();
    await server.start();
    await expect(kind.read(server.url)).resolves.toEqual(kind.written);

    await server.remove();
    await expect(kind.handshake(server.url)).rejects.toThrow();
  });
});
