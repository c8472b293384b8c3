import { connectRedis } from '@callbus/runtime/redis/redis';
import { makeCertificates, type Certificates } from '@callbus/testing/network/certificates';
import { isolate } from '@callbus/testing/isolate';
import { openTlsProxy, type TlsProxy } from '@callbus/testing/network/tls-proxy';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';

const place = await isolate();
let certificates: Certificates;
let proxy: TlsProxy;
beforeAll(async () => {
  certificates = await makeCertificates('DNS:localhost,IP:127.0.0.1');
  proxy = await openTlsProxy(place.redisUrl, certificates);
});
afterAll(async () => {
  await proxy.close();
  await certificates.remove();
  await place.cleanUp();
});

async function ping(host: string, ca?: string): Promise<string> {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const redis = connectRedis({ url: `rediss://${host}:${proxy.port}`, ca, logger });
  await waitFor(() => redis.status === 'ready' || lines.length > 0, { what: 'a connection or its error' });
  const answer = redis.status === 'ready' ? await redis.ping() : String(lines[0]);
  redis.disconnect();
  return answer;
}

test('rediss sends the server name and trusts the given CA', async () => {
  expect(await ping('localhost', certificates.ca)).toBe('PONG');
  expect(proxy.asked.at(-1)).toBe('localhost');
});

test('rediss sends no server name for an IP address', async () => {
  expect(await ping('127.0.0.1', certificates.ca)).toBe('PONG');
  expect(proxy.asked.at(-1)).toBe(false);
});

test('an unknown CA is not trusted', async () => {
  expect(await ping('localhost')).toMatch(/self-signed|unable to verify/);
});
