import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import pg from 'pg';

// A refused connection fails at once. The time-out allows for a busy machine.
const timeoutMs = 5_000;

/** Each resolves when the server accepts a client and is usable for tests; otherwise it rejects. */
export const handshakes = { amqp: shakeAmqp, database: shakeDatabase, redis: shakeRedis };

async function shakeAmqp(url: string): Promise<void> {
  const connection = await connect(url, { timeout: timeoutMs });
  await connection.close();
}

async function shakeDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs });
  // A server that starts or stops may break the connection at any moment. The query reports that, too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query(
      'SELECT FROM pg_roles WHERE rolname = current_user AND (rolcreatedb OR rolsuper)',
    );
    if (rowCount === 0) throw new Error('the user may not create databases');
  } finally {
    await client.end();
  }
}

async function shakeRedis(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, connectTimeout: timeoutMs });
  redis.on('error', () => undefined);
  await redis.connect();
  try {
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}
