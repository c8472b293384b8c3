import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createLogger } from '@callbus/runtime/observability/logger';
import { isolate, type Place } from '@callbus/testing/isolate';
import { startPrivateRabbitmq } from '@callbus/testing/servers/private-rabbitmq';
import { startPrivateRedis } from '@callbus/testing/servers/private-redis';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import amqp from 'amqplib';
import pg from 'pg';
import { callbus, startBus } from './support/callbus.js';

jest.setTimeout(300_000);

const SECRETS_KEY = 'the key that seals the secrets of this test';
let place: Place;
let bus: Awaited<ReturnType<typeof startBus>>;
let servers: Readonly<Record<string, string>>;

beforeAll(async () => {
  place = await isolate({ database: true });
  servers = {
    AMQP_URL: place.amqpUrl,
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: place.redisUrl,
    BROKER_PREFIX: place.brokerPrefix,
    REDIS_PREFIX: place.redisPrefix,
    SECRETS_KEY,
  };
  bus = await startBus(servers);
  const definition = ['--name', 'signed', '--to', 'http://127.0.0.1:9/', '--names', 'a', '--secret', 'generate'];
  expect((await callbus(['subs', 'create', ...definition], { CALLBUS_URL: bus.url })).code).toBe(0);
});
afterAll(() => place.cleanUp());

/** The faults that doctor finds, each with its remedy. */
async function faults(env: Readonly<Record<string, string>>, url = bus.url): Promise<string[]> {
  const { code, out } = await callbus(['--json', '--url', url, 'doctor'], env);
  const findings = JSON.parse(out) as { part: string; isFault: boolean; what: string; remedy?: string }[];
  const found = findings.filter(({ isFault }) => isFault);
  expect(code).toBe(found.length === 0 ? 0 : 1);
  return found.map(({ part, what, remedy }) => `${part}: ${what} → ${String(remedy)}`);
}

const listen = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

test('finds no fault where there is none', async () => {
  expect(await faults(servers)).toEqual([]);
});

describe('finds and mends', () => {
  test('a wrong password', async () => {
    const AMQP_URL = place.amqpUrl.replace(/\/\/[^@]*@/, '//guest:wrong@');
    expect(await faults({ AMQP_URL })).toEqual([
      expect.stringMatching(/^RabbitMQ: it refuses the login: user or password is wrong → .*change_password/),
    ]);
  });

  test('no virtual host', async () => {
    const url = new URL(place.amqpUrl);
    url.pathname = '/nope';
    expect(await faults({ AMQP_URL: url.href })).toEqual([
      expect.stringMatching(/^RabbitMQ: it refuses the login: there is no virtual host nope,.*add_vhost/),
    ]);
  });

  test('no database of the number that REDIS_URL names', async () => {
    const url = new URL(place.redisUrl);
    url.pathname = '/99999';
    expect(await faults({ REDIS_URL: url.href })).toEqual([
      'Redis: it refuses the login: ERR DB index is out of range → correct REDIS_URL, or ACL SETUSER',
    ]);
  });

  test.each(['AMQP_URL', 'DATABASE_URL', 'REDIS_URL'])('%s that is no URL', async (setting) => {
    expect(await faults({ [setting]: 'nope' })).toEqual([`settings: ${setting} is no URL → correct the setting`]);
  });

  test('a missing permission', async () => {
    const rabbitmq = await startPrivateRabbitmq();
    const logger = createLogger({ service: 'test', level: 'silent' });
    const broker = await createRabbitmqBroker({
      url: rabbitmq.url,
      prefix: 'callbus.',
      confirmTimeoutMs: 5_000,
      name: 'test',
      logger,
    });
    await broker.close();
    await rabbitmq.ctl('add_user', 'limited', 'limited');
    await rabbitmq.ctl('set_permissions', 'limited', '^$', '.*', '.*');
    const AMQP_URL = rabbitmq.url.replace(/\/\/([^@]*@)?/, '//limited:limited@');
    expect(await faults({ AMQP_URL })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^RabbitMQ: the user lacks a permission: .* → rabbitmqctl set_permissions/),
      ]),
    );
    await rabbitmq.remove();
  });

  test('a full Redis', async () => {
    const redis = await startPrivateRedis('--maxmemory', '500kb', '--maxmemory-policy', 'noeviction');
    expect(await faults({ REDIS_URL: redis.url })).toEqual([
      expect.stringMatching(/^Redis: it is full: .* → raise maxmemory/),
    ]);
    await redis.remove();
  });

  test('an old server version', async () => {
    const { hostname, port } = new URL(place.redisUrl);
    const proxy = createTcpServer((client) => {
      const server = connect(Number(port || 6379), hostname);
      client.on('error', () => server.destroy()).pipe(server);
      server.on('error', () => client.destroy());
      server.on('data', (chunk) => client.write(chunk.toString().replace(/redis_version:\d/, 'redis_version:5')));
      server.on('close', () => client.destroy());
    });
    expect(await faults({ REDIS_URL: `redis://127.0.0.1:${await listen(proxy)}` })).toEqual([
      expect.stringMatching(/^Redis: version 5\.\S+ is older than 6\.0 → upgrade it/),
    ]);
    proxy.close();
  });

  test('a read-only Postgres', async () => {
    const client = new pg.Client(place.databaseUrl);
    await client.connect();
    const name = new URL(place.databaseUrl).pathname.slice(1);
    await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    expect(await faults({ DATABASE_URL: place.databaseUrl, SECRETS_KEY })).toEqual([
      expect.stringMatching(/^Postgres: it takes no changes.* → connect to the primary/),
    ]);
    await client.query('SET default_transaction_read_only = off');
    await client.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await client.end();
  });

  test('a wrong SECRETS_KEY', async () => {
    const wrong = { DATABASE_URL: place.databaseUrl, SECRETS_KEY: 'another key, with which nothing was sealed' };
    expect(await faults(wrong)).toEqual([
      expect.stringMatching(/^settings: SECRETS_KEY does not open 1 of the newest 1 secrets → .*SECRETS_KEY_PREVIOUS/),
    ]);
  });

  test('a clock that is five minutes off', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() + 300_000).toUTCString());
      response.setHeader('x-request-id', 'a').end('{"status":"ready"}');
    });
    expect(await faults({}, `http://127.0.0.1:${await listen(server)}`)).toEqual([
      expect.stringMatching(/^gateway: its clock is (299|300) s ahead of ours → run chrony/),
    ]);
    server.close();
    server.closeAllConnections();
  });

  test('an unreachable gateway', async () => {
    expect(await faults({}, `http://127.0.0.1:${await findFreePort()}`)).toEqual([
      expect.stringMatching(/^gateway: it cannot be reached \(ECONNREFUSED\) → start it/),
    ]);
  });

  test('a certificate that has expired', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'callbus-expired-'));
    const file = (name: string) => join(directory, name);
    const openssl = (...args: string[]) => promisify(execFile)('openssl', args);
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await openssl('req', ...curve, '-keyout', file('key'), '-out', file('request'), '-subj', '/CN=localhost');
    await writeFile(file('names'), 'subjectAltName=IP:127.0.0.1\n');
    const signed = ['-signkey', file('key'), '-extfile', file('names'), '-days', '-1', '-out', file('cert')];
    await openssl('x509', '-req', '-in', file('request'), ...signed);
    const server = createTlsServer(
      { key: await readFile(file('key')), cert: await readFile(file('cert')) },
      (_request, response) => response.end('{}'),
    );
    const url = `https://127.0.0.1:${await listen(server)}`;
    expect(await faults({ NODE_EXTRA_CA_CERTS: file('cert') }, url)).toEqual([
      expect.stringMatching(/^gateway: its certificate has expired → renew/),
    ]);
    server.close();
    server.closeAllConnections();
    await rm(directory, { recursive: true });
  });

  // The last one, because it stops the bus.
  test('no workers, and a queue with another argument', async () => {
    await bus.close();
    const gone = expect.stringMatching(/^gateway: it cannot be reached/);
    const { AMQP_URL = '', BROKER_PREFIX = '' } = servers;
    expect(await faults({ AMQP_URL, BROKER_PREFIX })).toEqual([
      gone,
      expect.stringMatching(/nobody consumes \S+events: no workers → start the service delivery$/),
      expect.stringMatching(/nobody consumes \S+deliveries: no workers → start the service delivery$/),
      expect.stringMatching(/nobody consumes \S+undelivered: no workers → start the service subscription$/),
    ]);
    const connection = await amqp.connect(AMQP_URL);
    const channel = await connection.createChannel();
    await channel.deleteQueue(`${BROKER_PREFIX}events`);
    await channel.assertQueue(`${BROKER_PREFIX}events`, { durable: true });
    await connection.close();
    expect(await faults({ AMQP_URL, BROKER_PREFIX })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^RabbitMQ: \S+events has other arguments: .* → empty and delete it/),
      ]),
    );
  });
});
