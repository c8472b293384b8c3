import dns from 'node:dns';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';

const { lookup } = dns;
afterEach(() => void (dns.lookup = lookup));

test('a Redis that cannot be reached is logged with the error of each address', async () => {
  const addresses = ['127.0.0.3', '127.0.0.4'].map((address) => ({ address, family: 4 }));
  dns.lookup = ((_name: string, _options: unknown, callback: (error: null, found: object) => void) =>
    process.nextTick(callback, null, addresses)) as typeof dns.lookup;
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const redis = connectRedis({ url: 'redis://away.test:1', logger });
  await waitFor(() => lines.length > 0, { what: 'the error of the connection' });
  redis.disconnect();
  expect(JSON.parse(String(lines[0]))).toMatchObject({
    msg: 'redis is away',
    error: 'connect ECONNREFUSED 127.0.0.3:1, connect ECONNREFUSED 127.0.0.4:1',
  });
});
