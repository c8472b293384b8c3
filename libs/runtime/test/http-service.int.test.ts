import { afterEach, describe, expect, test } from '@jest/globals';
import type { Publishing } from '@callbus/broker/broker';
import { createApp } from '@callbus/runtime/http/app';
import { listen, type HttpService } from '@callbus/runtime/http/http-service';
import { createLogger } from '@callbus/runtime/observability/logger';

const logger = createLogger({ service: 'test', level: 'silent' });
const open: HttpService[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((service) => service.close()));
});

async function serve(readiness: Record<string, boolean> = {}): Promise<string> {
  const service = await listen(createApp({ routers: [], readiness: () => readiness, logger }), {
    host: '127.0.0.1',
    port: 0,
  });
  open.push(service);
  return service.url;
}

const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers });
  return { status: response.status, body: await response.json(), requestId: response.headers.get('x-request-id') };
};

describe('every service', () => {
  test('is healthy, and ready while all conditions hold', async () => {
    const ready = await serve({ broker: true });
    const notReady = await serve({ broker: true, directory: false });
    expect(await get(`${ready}/readyz`)).toMatchObject({
      status: 200,
      body: { status: 'ready', checks: { broker: true } },
    });
    expect(await get(`${notReady}/healthz`)).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await get(`${notReady}/readyz`)).toMatchObject({
      status: 503,
      body: { status: 'not ready', checks: { broker: true, directory: false } },
    });
  });

  test('stays ready while it cannot publish, and reports the reason', async () => {
    const serveWith = async (publishing: Publishing) => {
      const app = createApp({ routers: [], readiness: () => ({ broker: true }), publishing: () => publishing, logger });
      const service = await listen(app, { host: '127.0.0.1', port: 0 });
      open.push(service);
      return get(`${service.url}/readyz`);
    };
    expect(await serveWith({ ok: false, reason: 'nacked' })).toMatchObject({
      status: 200,
      body: { status: 'ready', checks: { broker: true }, publishing: { ok: false, reason: 'nacked' } },
    });
    expect(await serveWith({ ok: true })).toMatchObject({ status: 200, body: { publishing: { ok: true } } });
  });

  test('names an unknown route', async () => {
    expect(await get(`${await serve()}/nowhere`)).toMatchObject({
      status: 404,
      body: { message: 'no route GET /nowhere' },
    });
  });

  test('answers with the given request id if it is valid, otherwise with a new one', async () => {
    const url = `${await serve()}/healthz`;
    const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
    expect((await get(url, { 'x-request-id': 'my~id!' })).requestId).toBe('my~id!');
    expect((await get(url, { 'x-request-id': 'x'.repeat(128) })).requestId).toBe('x'.repeat(128));
    expect((await get(url, { 'x-request-id': 'x'.repeat(129) })).requestId).toMatch(uuid);
    expect((await get(url, { 'x-request-id': 'two words' })).requestId).toMatch(uuid);
    expect((await get(url, { 'x-request-id': 'caf\u00e9' })).requestId).toMatch(uuid);
    expect((await get(url)).requestId).toMatch(uuid);
  });

  test('cannot listen twice on one port', async () => {
    const port = Number(new URL(await serve()).port);
    const app = createApp({ routers: [], readiness: () => ({}), logger });
    await expect(listen(app, { host: '127.0.0.1', port })).rejects.toThrow(`port ${port} is taken`);
  });
});
