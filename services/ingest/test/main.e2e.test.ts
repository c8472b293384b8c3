import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { etcSample } from './doors.js';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const processes: ChildProcess[] = [];

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [program], { env: { PATH: process.env['PATH'], ...env } });
  processes.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  return { child, output, exit };
}

afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
});

describe('an invalid environment', () => {
  test('is reported with all errors, and exits 2', async () => {
    const { output, exit } = start({
      PORT: 'x',
      ETC_ERROR_STATUS: '404',
      MAX_EVENTS_PER_REQUEST: '0',
      LOG_LEVEL: 'loud',
    });
    expect(await exit).toBe(2);
    expect(output.stderr).toContain('callbus ingest cannot start:\n');
    for (const name of [
      'AMQP_URL is required',
      'REDIS_URL is required',
      'AUTH is required',
      'PORT must',
      'ETC_ERROR_STATUS must',
      'MAX_EVENTS_PER_REQUEST must',
      'LOG_LEVEL must',
    ]) {
      expect(output.stderr).toContain(`  ${name}`);
    }
  });

  test('AUTH=none on another address than the loopback is reported among the other errors', async () => {
    const { output, exit } = start({ AUTH: 'none', HOST: '0.0.0.0', REDIS_URL: 'redis://127.0.0.1' });
    expect(await exit).toBe(2);
    expect(output.stderr.split('\n').sort()).toEqual([
      '',
      '  AMQP_URL is required',
      '  HOST must be a loopback address, such as 127.0.0.1, with AUTH=none',
      'callbus ingest cannot start:',
    ]);
  });

  test.each([
    ['keys', 'KEYS_FILE is required'],
    ['gateway', 'GATEWAY_TOKEN is required'],
  ])('AUTH=%s needs its setting', async (AUTH, error) => {
    const { output, exit } = start({ AUTH, HOST: '0.0.0.0', REDIS_URL: 'redis://x', AMQP_URL: 'amqp://x' });
    expect(await exit).toBe(2);
    expect(output.stderr).toBe(`callbus ingest cannot start:\n  ${error}\n`);
  });
});

describe('the running service', () => {
  let place: Place;
  beforeAll(async () => {
    place = await isolate();
  });
  afterAll(() => place.cleanUp());

  const environment = () => ({
    AMQP_URL: place.amqpUrl,
    BROKER_PREFIX: place.brokerPrefix,
    REDIS_URL: place.redisUrl,
    REDIS_PREFIX: place.redisPrefix,
    PORT: '0',
  });
  const started = (service: ReturnType<typeof start>) =>
    waitFor(() => /"url":"([^"]+)"[^\n]*"listening"/.exec(service.output.stdout)?.[1], {
      what: `the start: ${service.output.stderr}`,
    });

  test('accepts events, and exits 0 on SIGTERM', async () => {
    const service = start({ ...environment(), AUTH: 'none', ETC_ERROR_STATUS: '200', MAX_EVENT_BYTES: '1024' });
    const url = await started(service);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const post = async (body: unknown) => {
      const answer = await fetch(`${url}/api/publish`, { method: 'POST', body: JSON.stringify(body) });
      return [answer.status, ((await answer.json()) as { code: string }).code];
    };
    expect(await post(etcSample)).toEqual([200, '000']);
    expect(await post({})).toEqual([200, '400']);
    expect(await post({ ...etcSample, changes: ['x'.repeat(1_024)] })).toEqual([200, '413']);

    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    expect(service.output.stderr).toBe('');
  });

  test('trusts the gateway by its token', async () => {
    const GATEWAY_TOKEN = 'sixteen letters!';
    const service = start({ ...environment(), AUTH: 'gateway', GATEWAY_TOKEN });
    const url = await started(service);
    const statusFor = async (headers: Record<string, string>) =>
      (await fetch(`${url}/api/publish`, { method: 'POST', body: JSON.stringify(etcSample), headers })).status;
    expect(await statusFor({ HTTP_BK_SUPPLIER_ACCOUNT: 'acme' })).toBe(401);
    expect(await statusFor({ HTTP_BK_SUPPLIER_ACCOUNT: 'acme', 'x-gateway-token': GATEWAY_TOKEN })).toBe(200);
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  });

  test('exits 0 on SIGTERM while it waits for the broker', async () => {
    const service = start({ ...environment(), AMQP_URL: 'amqp://127.0.0.1:1', AUTH: 'none' });
    await waitFor(() => service.output.stdout.includes('127.0.0.1:1'), { what: 'waiting for the broker' });
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  });
});
