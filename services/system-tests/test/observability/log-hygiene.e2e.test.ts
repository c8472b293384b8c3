import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { allRoles } from '@callbus/contracts/keys/holder';
import { addKey } from '@callbus/runtime/auth/key-file';
import { createLogger } from '@callbus/runtime/observability/logger';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axios from 'axios';
import { openSystem, type System } from '../support/system.js';
import { runProgram } from '@callbus/testing/processes/program';

const http = axios.create({ validateStatus: () => true, proxy: false, headers: { connection: 'close' } });
const signingSecret = Buffer.from('the signing secret of a subscription').toString('base64');

/** Values that pass through the bus and may appear in no log. */
const secrets = {
  internalToken: 'the-token-between-the-services',
  secretsKey: 'the-key-that-seals-signing-secrets',
  signingSecret,
  callbackHeader: 'the-callback-header',
  callbackQuery: 'the-callback-query',
  wrongKey: 'the-wrong-key',
  payload: 'the-payload',
  brokenPayload: 'the-broken-payload',
  poison: 'the-poison',
  answer: 'the-answer-of-a-receiver',
};

let directory: string;
let key: string;
let system: System;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
  const KEYS_FILE = join(directory, 'keys.json');
  key = await addKey(KEYS_FILE, { account: '0', roles: allRoles });
  system = await openSystem({
    env: {
      LOG_LEVEL: 'trace',
      AUTH: 'keys',
      KEYS_FILE,
      INTERNAL_TOKEN: secrets.internalToken,
      SECRETS_KEY: secrets.secretsKey,
      CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
    },
    answer: () => ({ status: 500, body: secrets.answer }),
  });
});
afterAll(async () => {
  await system.close();
  await rm(directory, { recursive: true });
});

async function subscribe(name: string, callbackUrl: string, more: object = {}) {
  const answer = await http.post<unknown>(
    `${system.bus.subscription.url}/api/v3/event/subscribe/0/2`,
    {
      subscription_name: name,
      callback_url: `${callbackUrl}/?key=${secrets.callbackQuery}`,
      confirm_mode: 'httpstatus',
      subscription_form: '#',
      max_attempts: 1,
      headers: { 'x-api-key': secrets.callbackHeader },
      secret: `whsec_${signingSecret}`,
      ...more,
    },
    { headers: { authorization: `Bearer ${key}` } },
  );
  return answer.status;
}

async function publish(body: string, authorization = `Bearer ${key}`): Promise<number> {
  const headers = { authorization, 'content-type': 'application/json' };
  return (await http.post(`${system.bus.ingest.url}/api/publish`, body, { headers })).status;
}

async function publishPoison(): Promise<void> {
  const broker = await createRabbitmqBroker({
    url: system.place.amqpUrl,
    prefix: system.place.brokerPrefix,
    confirmTimeoutMs: 5_000,
    name: 'test',
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  // No worker can read these headers.
  const headers = { id: 'poison', account: secrets.poison } as never;
  await broker.publishEvent({ headers, body: Buffer.from(secrets.poison) });
  await broker.close();
}

test('at level trace logs hold no key, token, secret, header or payload', async () => {
  const etc = { event_source: 'a', event_topic: 'b', event_type: 'c', event_status: '1', changes: [secrets.payload] };
  expect(await subscribe('refusing', system.receiver.url)).toBe(200);
  expect(await subscribe('refusing', system.receiver.url)).toBe(409);
  expect(await subscribe('deaf', `http://127.0.0.1:${await findFreePort()}`)).toBe(200);
  expect(await subscribe('unfit', system.receiver.url, { headers: { host: secrets.callbackHeader } })).toBe(400);
  expect(await publish(JSON.stringify(etc))).toBe(200);
  expect(await publish(JSON.stringify(etc), `Bearer ${secrets.wrongKey}`)).toBe(401);
  expect(await publish(`{"${secrets.brokenPayload}`)).toBe(400);
  await publishPoison();

  const undelivered = async () => {
    const counts = [1, 3].map(async (id) => {
      const url = `${system.bus.subscription.url}/api/v3/event/subscribe/0/2/${id}/undelivered`;
      const { data } = await http.get<{ data: { count: number } | null }>(url, {
        headers: { authorization: `Bearer ${key}` },
      });
      return data.data?.count ?? 0;
    });
    return (await Promise.all(counts)).every((count) => count >= 1);
  };
  await waitFor(undelivered, { what: 'the undelivered events' });
  expect(system.receiver.requests[0]).toMatchObject({ headers: { 'x-api-key': secrets.callbackHeader } });
  expect(await system.bus.stop()).toEqual([0, 0, 0]);

  const log = [system.bus.ingest, system.bus.subscription, system.bus.delivery]
    .map((service) => JSON.stringify(service.log))
    .join('\n');
  // The log covers all of these steps.
  for (const logged of ['"path":"/api/publish"', 'request', 'stopped']) expect(log).toContain(logged);
  const leaks = Object.entries({ ...secrets, key }).filter(([, secret]) => log.includes(secret));
  expect(leaks.map(([name]) => name)).toEqual([]);
});

test('a service that cannot reach its servers logs neither a password nor a token', async () => {
  const env = {
    PORT: '0',
    LOG_LEVEL: 'trace',
    AUTH: 'gateway',
    GATEWAY_TOKEN: 'the-token-of-the-gateway',
    INTERNAL_TOKEN: secrets.internalToken,
    AMQP_URL: 'amqp://user:the-amqp-password@127.0.0.1:1',
    REDIS_URL: 'redis://:the-redis-password@127.0.0.1:1',
    DATABASE_URL: 'postgres://user:the-postgres-password@127.0.0.1:1/callbus',
  };
  const services = ['ingest', 'subscription'].map((name) => runProgram(`${name}/dist/main.js`, env));
  await waitFor(() => services.every((service) => service.output().includes('waiting for')), {
    what: 'the services to wait',
  });
  for (const service of services) {
    service.kill('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(service.output()).not.toMatch(/the-\w+-password|the-token/);
  }
});
