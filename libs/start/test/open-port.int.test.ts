import { afterEach, expect, test } from '@jest/globals';
import { createLogger } from '@callbus/runtime/observability/logger';
import { createContext } from '../src/context.js';
import { openPort, type OpenPort } from '../src/open-port.js';

const config = { HOST: '127.0.0.1', PORT: 0 };
let http: OpenPort;
afterEach(() => http.close());

async function open() {
  const logger = createLogger({ service: 'test', level: 'silent' });
  const stopping = new AbortController().signal;
  http = await openPort(createContext({ config, logger, stopping, tracing: undefined }));
  return {
    serve: () => http.serve((_request, response) => response.end('served')),
    get: async (path: string) => {
      const answer = await fetch(`${http.url}${path}`);
      return [answer.status, await answer.text()] as const;
    },
  };
}

test('before the application serves, health and metrics are answered, and other requests wait', async () => {
  const { serve, get } = await open();
  const waiting = get('/api/publish');
  expect(await get('/healthz?probe')).toEqual([200, '{"status":"ok"}\n']);
  expect(await get('/readyz')).toEqual([503, '{"status":"not ready","checks":{"started":false}}\n']);
  expect((await get('/metrics'))[0]).toBe(200);
  serve();
  expect(await waiting).toEqual([200, 'served']);
  expect(await get('/healthz')).toEqual([200, 'served']);
});
