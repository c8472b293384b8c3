import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { create, createCall, success } from './support/call.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    exited: once(child, 'exit').then(([code]: unknown[]) => code),
    output: () => output,
    url: () => /"url":"(http:[^"]+)"/.exec(output)?.[1] ?? '',
    stop: () => child.kill('SIGTERM'),
  };
}

describe('the process', () => {
  let place: Place;
  let environment: Record<string, string>;
  beforeAll(async () => {
    place = await isolate({ database: true });
    environment = {
      AMQP_URL: place.amqpUrl,
      DATABASE_URL: place.databaseUrl,
      REDIS_URL: place.redisUrl,
      BROKER_PREFIX: place.brokerPrefix,
      REDIS_PREFIX: place.redisPrefix,
      INTERNAL_TOKEN: 'a token of the workers',
      AUTH: 'none',
      CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
      PORT: '0',
    };
  });
  afterAll(() => place.cleanUp());

  test('names all missing settings, and exits with 2', async () => {
    const service = start({});
    expect(await service.exited).toBe(2);
    for (const name of ['AMQP_URL', 'DATABASE_URL', 'REDIS_URL', 'INTERNAL_TOKEN', 'AUTH'])
      expect(service.output()).toContain(`${name} is required`);
  });

  test('refuses to listen on the network without authentication, and names all invalid settings', async () => {
    const faulty = { HOST: '0.0.0.0', REDIS_URL: 'x', SECRETS_KEY: 'short', CALLBACK_ALLOW_CIDRS: '10.0.0.1/8' };
    const more = { CALLBACK_DNS_SERVERS: 'dns.example', REPLAY_RATE: '0', UNDELIVERED_RETENTION_DAYS: 'x' };
    const service = start({ ...environment, ...faulty, ...more });
    expect(await service.exited).toBe(2);
    expect(service.output()).toContain('HOST must be a loopback address');
    for (const name of [
      'REDIS_URL',
      'SECRETS_KEY',
      'CALLBACK_ALLOW_CIDRS',
      'CALLBACK_DNS_SERVERS',
      'REPLAY_RATE',
      'UNDELIVERED_RETENTION_DAYS',
    ])
      expect(service.output()).toContain(name);
  });

  test('serves when two start at once on an empty database, and exits with 0 on SIGTERM', async () => {
    const services = [start(environment), start(environment)];
    for (const service of services) await waitFor(() => service.url(), { what: 'listening', timeoutMs: 20_000 });
    const [one, other] = services.map((service) => createCall(service.url()));
    const id = await create(one!);
    const found = await other!('POST /api/v3/event/subscribe/search/0/2', { fields: ['subscription_id'] });
    expect(found).toMatchObject({ status: 200, body: success({ count: 1, info: [{ subscription_id: id }] }) });
    for (const service of services) service.stop();
    expect(await Promise.all(services.map((service) => service.exited))).toEqual([0, 0]);
  });
});
