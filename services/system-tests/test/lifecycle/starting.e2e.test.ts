import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openTcpProxy } from '@callbus/testing/network/tcp-proxy';
import { runProgram, type Program } from '@callbus/testing/processes/program';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import type { ServiceProcess } from '@callbus/testing/processes/service-process';
import { createBusClient } from '../support/bus-client.js';
import { startBus } from '../support/bus-processes.js';
import { reserveServers } from '../support/late-servers.js';
import { openSystem, type System } from '../support/system.js';

type ServiceName = 'ingest' | 'subscription' | 'delivery';

const programs: Program[] = [];

function run(service: ServiceName, env: Readonly<Record<string, string>>): Program {
  const program = runProgram(`${service}/dist/main.js`, env);
  programs.push(program);
  return program;
}

afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill('SIGKILL');
    await program.exited;
  }
});

/** The parsed lines of a program's log. */
const logOf = (program: Program) =>
  program
    .output()
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('delivery with invalid settings', () => {
  const required = ['AMQP_URL', 'REDIS_URL', 'SUBSCRIPTION_URL', 'INTERNAL_TOKEN'];

  test('names every missing variable and exits with 2', async () => {
    const program = run('delivery', {});
    expect(await program.exited).toBe(2);
    const lines = required.map((name) => `  ${name} is required\n`);
    expect(program.output()).toBe(`callbus delivery cannot start:\n${lines.join('')}`);
  });

  test('names every missing and every invalid variable and exits with 2', async () => {
    const program = run('delivery', {
      AMQP_URL: 'http://127.0.0.1',
      REDIS_URL: '',
      SUBSCRIPTION_URL: 'subscription:8082',
      INTERNAL_TOKEN: 'short',
      PORT: '70000',
      HOST: 'not a host',
      LOG_LEVEL: 'loud',
      BROKER_PREFIX: 'a b',
      REDIS_PREFIX: 'a b',
      CONFIRM_TIMEOUT_MS: 'soon',
      MESSAGE_FORMAT: '4',
      WORKER_PREFETCH: '0',
      RETRY_SCHEDULE: '1s,2s',
    });
    expect(await program.exited).toBe(2);
    const [title, ...faults] = program.output().trimEnd().split('\n');
    expect(title).toBe('callbus delivery cannot start:');
    const names = faults.map((line) => /^ {2}([A-Z_]+) /.exec(line)?.[1]).sort();
    const wrong = [
      'PORT',
      'HOST',
      'LOG_LEVEL',
      'BROKER_PREFIX',
      'REDIS_PREFIX',
      'CONFIRM_TIMEOUT_MS',
      'MESSAGE_FORMAT',
    ];
    expect(names).toEqual([...required, ...wrong, 'WORKER_PREFETCH', 'RETRY_SCHEDULE'].sort());
  });
});

describe('a server that is not up yet', () => {
  let system: System;
  beforeAll(async () => {
    system = await openSystem();
  }, 60_000);
  afterAll(() => system.close());

  test.each([
    ['ingest', 'AMQP_URL', 'rabbitmq', 'listening'],
    ['subscription', 'AMQP_URL', 'rabbitmq', 'listening'],
    ['subscription', 'DATABASE_URL', 'postgres', 'listening'],
    ['delivery', 'AMQP_URL', 'rabbitmq', 'taking work'],
    ['delivery', 'SUBSCRIPTION_URL', 'the subscription service', 'taking work'],
  ] as const)(
    '%s waits for %s, logs this, and can be stopped while it waits',
    async (service, variable, what, sign) => {
      const target = new URL(system.bus.env[variable]!);
      const away = new URL(target);
      away.port = String(await findFreePort());
      const env = { ...system.bus.env, [variable]: away.href };
      const [stopped, started] = [run(service, env), run(service, env)];
      const waits = (program: Program) => logOf(program).filter(({ msg }) => msg === `waiting for ${what}`);
      const delayMs = (program: Program) => Number(waits(program).at(-1)?.['retryInMs'] ?? 0);
      for (const program of [stopped, started])
        await waitFor(() => delayMs(program) > 700, { what: `backoff: ${program.output()}`, timeoutMs: 20_000 });
      expect(waits(started)[0]).toMatchObject({ level: 40, error: expect.stringContaining('ECONNREFUSED') });
      expect(waits(started)[0]?.['retryInMs']).toBeLessThan(700);

      stopped.kill('SIGTERM');
      expect(await stopped.exited).toBe(0);
      expect(logOf(stopped).at(-1)).toMatchObject({ msg: 'stopped' });

      expect(logOf(started).some(({ msg }) => msg === sign)).toBe(false);
      const proxy = await openTcpProxy(target.href, { port: Number(away.port) });
      await waitFor(() => logOf(started).some(({ msg }) => msg === sign), {
        what: `${service} to start: ${started.output()}`,
      });
      started.kill('SIGTERM');
      expect(await started.exited).toBe(0);
      await proxy.close();
    },
  );

  test('while no server answers every service is alive and not ready; when they come, events are delivered', async () => {
    const late = await reserveServers(system.place);
    const bus = await startBus(late.place, {}, 'port open');
    const { ingest, subscription, delivery } = bus;
    const client = createBusClient({ ingest: ingest.url, subscription: subscription.url });
    const get = (url: string) => client.http.get<unknown>(url);
    const waits = (service: ServiceProcess) => service.log.some(({ msg }) => String(msg).startsWith('waiting for'));

    for (const service of [ingest, subscription, delivery]) {
      await waitFor(() => waits(service), { what: `${service.name} to wait` });
      expect(await get(`${service.url}/healthz`)).toMatchObject({ status: 200, data: { status: 'ok' } });
      expect(await get(`${service.url}/readyz`)).toMatchObject({ status: 503, data: { checks: { started: false } } });
    }
    expect((await get(`${ingest.url}/metrics`)).data).toContain('callbus_dependency_up{dependency="rabbitmq"} 0');
    const refused = await client.http.post(`${ingest.url}/api/publish`, {});
    expect(refused).toMatchObject({ status: 503, data: { message: 'the service is starting' } });
    expect(refused.headers['retry-after']).toBe('1');

    await late.come();
    for (const { url } of [ingest, subscription, delivery])
      await waitFor(async () => (await get(`${url}/readyz`)).status === 200, { what: 'readiness' });
    const before = system.receiver.requests.length;
    await client.subscribe({ subscription_name: 'all', callback_url: system.receiver.url, subscription_form: '#' });
    expect(await client.publishEtc({})).toBeDefined();
    await waitFor(() => system.receiver.requests.length > before, { what: 'the callback' });
    expect(await bus.stop()).toEqual([0, 0, 0]);
    await late.close();
  });
});
