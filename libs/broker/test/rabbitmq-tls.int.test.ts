import { makeCertificates, type Certificates } from '@callbus/testing/network/certificates';
import { isolate } from '@callbus/testing/isolate';
import { openTlsProxy, type TlsProxy } from '@callbus/testing/network/tls-proxy';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createRabbitmqBroker } from '../src/rabbitmq.js';

const place = await isolate();
let certificates: Certificates;
let proxy: TlsProxy;
beforeAll(async () => {
  certificates = await makeCertificates('DNS:localhost');
  proxy = await openTlsProxy(place.amqpUrl, certificates);
});
afterAll(async () => {
  await proxy.close();
  await certificates.remove();
  await place.cleanUp();
});

const logs: string[] = [];
const options = () => {
  const url = new URL(place.amqpUrl.replace(/^amqp:/, 'amqps:'));
  url.hostname = 'localhost';
  url.port = String(proxy.port);
  const logger = pino({ level: 'warn' }, { write: (line: string) => void logs.push(line) });
  return { url: url.href, prefix: place.brokerPrefix, confirmTimeoutMs: 5_000, name: 'test', logger };
};

test('connects by amqps with a private certificate authority', async () => {
  const broker = await createRabbitmqBroker({ ...options(), ca: certificates.ca });
  expect(broker.state()).toBe('open');
  await broker.close();
  expect(new Set(proxy.asked)).toEqual(new Set(['localhost']));
});

test('refuses to connect by amqps when the authority is not known', async () => {
  const stopping = new AbortController();
  const opening = createRabbitmqBroker({ ...options(), signal: stopping.signal });
  opening.catch(() => undefined);
  await waitFor(() => logs.some((line) => /self-signed|unable to verify/.test(line)), {
    what: 'the reason in the log',
  });
  stopping.abort();
  await expect(opening).rejects.toThrow();
});
