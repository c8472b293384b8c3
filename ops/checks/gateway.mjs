// Runs nginx with ops/nginx/gateway.conf in front of stand-ins for the services, which answer with the request that they got.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { get } from 'node:https';
import { makeCertificates } from '../../libs/testing/dist/network/certificates.js';
import { ask, placeGateway } from './nginx-gateway.mjs';
import { createOutcome } from './outcome.mjs';
import { pathTo, read } from './repository.mjs';

const outcome = createOutcome('Gateway');
const { expect } = outcome;

/** Starts a server that answers with the request that it got. */
async function standIn(name) {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ name, method, url, headers, bytes: Buffer.concat(chunks).length }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { address: `127.0.0.1:${port}`, close: () => (server.closeAllConnections(), server.close()) };
}

const gateway = await placeGateway();
const { port } = gateway;
const test = () => {
  const errors = gateway.test();
  expect(errors === '', `nginx -t: ${errors}`);
};

// The file of compose. Its names cannot be resolved here, but nginx checks the file.
gateway.useServicesFile(pathTo('ops/nginx/services.conf'));
test();

const ingest = [await standIn('ingest'), await standIn('ingest')];
const subscription = [await standIn('subscription')];
const addresses = (list) => list.map(({ address }) => address);
gateway.useAddresses({ ingest: addresses(ingest), subscription: addresses(subscription) });
test();
const certificates = await makeCertificates('DNS:localhost');
const tlsPort = await gateway.useTls(certificates);
test();

// A POST is lost when the gateway closes the idle connection while the client sends it.
const keptS = Number(/keepalive_timeout (\d+)s;/.exec(read('ops/nginx/gateway.conf'))?.[1]);
expect(keptS > 90, `idle connections are closed after ${keptS} s, before clients of Go and Rust close them`);

try {
  await gateway.start();

  const [overTls] = await once(get(`https://localhost:${tlsPort}/openapi.json`, { ca: certificates.ca }), 'response');
  const forwarded = JSON.parse(Buffer.concat(await overTls.toArray()).toString());
  expect(forwarded.headers['x-forwarded-proto'] === 'https', 'TLS: the service does not learn of it');

  for (const [path, name] of [
    ['/api/publish', 'ingest'],
    ['/v1/event-bus/event/recv', 'ingest'],
    ['/v1/event-bus/recv', 'ingest'],
    ['/v1/event-bus/unknown', 'ingest'],
    ['/cloudevents', 'ingest'],
    ['/api/v3/event/subscribe/0/2', 'subscription'],
    ['/api/v3/event/subscribe/search/0/2?x=%20y', 'subscription'],
    ['/api/v3/event/queues', 'subscription'],
    ['/', 'subscription'],
    ['/openapi.json', 'subscription'],
    ['/docs', 'subscription'],
    ['/docs/rapidoc-min.js', 'subscription'],
  ]) {
    const { json } = await ask(port, path);
    expect(json.name === name && json.url === path, `${path} goes to ${json.name} as ${json.url}`);
  }

  for (const path of [
    '/internal/subscriptions',
    '//internal/subscriptions',
    '/api/v3/event/../../../internal/subscriptions',
    '/api/v3/event/%2e%2e/%2e%2e/%2e%2e/internal/subscriptions',
    '/api/v3/event/..%2f..%2f..%2finternal/subscriptions',
    '/api/publish/../../internal/subscriptions',
    '/metrics',
    '/healthz',
    '/readyz',
    '/api/publish/more',
    '/docs/more',
  ]) {
    const { status, json } = await ask(port, path);
    expect(status === 404 && json.name === undefined, `${path} is routed: ${status} ${json.name}`);
  }

  const sent = {
    HTTP_BK_SUPPLIER_ACCOUNT: '0',
    BK_User: 'admin',
    'ce-id': '1',
    Authorization: 'Bearer x',
    traceparent: 't',
  };
  const { json: seen } = await ask(port, '/api/v3/event/subscribe/0/2', {
    headers: { ...sent, 'X-Request-Id': 'mine', 'X-Gateway-Token': 'forged' },
  });
  for (const [name, value] of Object.entries(sent))
    expect(seen.headers[name.toLowerCase()] === value, `${name} does not reach the service`);
  expect(seen.headers['x-request-id'] === 'mine', 'the id of a request is replaced');
  expect(seen.headers['x-gateway-token'] === undefined, 'a caller can send the token of a gateway');
  const { json: unnamed } = await ask(port, '/api/publish');
  expect(/^[\da-f]{32}$/.test(unnamed.headers['x-request-id']), 'a request without an id gets none');
  const { json: invalid } = await ask(port, '/api/publish', { headers: { 'X-Request-Id': 'a b' } });
  expect(/^[\da-f]{32}$/.test(invalid.headers['x-request-id']), 'an id that the services replace is passed on');
  // nginx refuses these by itself, in the form of each API.
  /** @type {[string, NonNullable<Parameters<typeof ask>[2]>, number][]} */
  const refused = [
    ['/nowhere', {}, 404],
    ['/api/publish', { body: 'x'.repeat(17 * 1024 * 1024) }, 413],
    ['/v1/event-bus/recv', { body: 'x'.repeat(17 * 1024 * 1024) }, 413],
    ['/api/v3/event/subscribe/0/2', { body: 'x'.repeat(17 * 1024 * 1024) }, 413],
    ['/cloudevents', { method: 'TRACE', body: '' }, 405],
    [`/cloudevents?${'x'.repeat(17_000)}`, {}, 414],
    ['/cloudevents', { headers: { 'X-Long': 'x'.repeat(17_000) } }, 400],
    ['/%zz', {}, 400],
  ];
  for (const [path, options, expected] of refused) {
    const { status, json, headers } = await ask(port, path, options);
    const id = headers['x-request-id'];
    const named = path.startsWith('/api/v3/')
      ? json.bk_error_code === 1199000
      : [json.requestId, json.request_id].includes(id);
    const what = `${options.method ?? 'POST'} ${path.slice(0, 40)}`;
    expect(status === expected, `${what} is answered ${status}, not ${expected}`);
    expect(id !== undefined && named, `${what}: not in the form of its API: ${JSON.stringify(json)}`);
  }
  const { json: long } = await ask(port, '/api/publish', { body: 'x'.repeat(6 * 1024 * 1024) });
  expect(long.bytes === 6 * 1024 * 1024, 'the gateway refuses a body that ingest has to refuse');

  // With one of two processes gone every request succeeds.
  ingest[0].close();
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(port, '/api/publish')));
  expect(
    answers.every(({ status }) => status === 200),
    'a publish fails while one of two processes is gone',
  );

  // With all processes gone each API answers with its own error.
  ingest[1].close();
  subscription[0].close();
  const { json: etc, ...etcAnswer } = await ask(port, '/api/publish');
  expect(etcAnswer.status === 503 && etc.code === '500' && etc.request_id !== undefined, 'ETC: unexpected answer');
  const { json: eventBus, ...eventBusAnswer } = await ask(port, '/cloudevents');
  expect(eventBusAnswer.status === 503 && eventBus.code === 'SERVICE_UNAVAILABLE', 'event bus: unexpected answer');
  expect(etcAnswer.headers['retry-after'] === '5' && eventBusAnswer.headers['retry-after'] === '5', 'no Retry-After');
  for (const id of ['mine', 'x'.repeat(128), 'with"quote', 'back\\slash', 'two words', 'x'.repeat(129), undefined]) {
    const headers = id === undefined ? {} : { 'X-Request-Id': id };
    for (const [path, member] of [
      ['/api/publish', 'request_id'],
      ['/cloudevents', 'requestId'],
    ]) {
      const { json, headers: answered } = await ask(port, path, { headers });
      const named = answered['x-request-id'];
      expect(json[member] === named, `${path} with the id ${id}: ${json[member]} beside ${named}`);
      const isKept = id !== undefined && /^[!-~]{1,128}$/.test(id) && !/["\\]/.test(id);
      expect(isKept ? named === id : /^[\da-f]{32}$/.test(named), `${path} answers the id ${id} by ${named}`);
    }
  }
  /** @type {[string, string, number][]} */
  const refusals = [
    ['POST', '/api/v3/event/subscribe/0/2', 1103000],
    ['DELETE', '/api/v3/event/subscribe/0/2/1', 1103001],
    ['POST', '/api/v3/event/subscribe/search/0/2', 1103002],
    ['GET', '/api/v3/event/subscribe/0/2/1', 1103002],
    ['PUT', '/api/v3/event/subscribe/0/2/1', 1103003],
    ['PATCH', '/api/v3/event/subscribe/0/2/1', 1103003],
    ['POST', '/api/v3/event/subscribe/ping', 1103004],
    ['POST', '/api/v3/event/subscribe/telnet', 1103005],
  ];
  for (const [method, path, code] of refusals) {
    const { status, json } = await ask(port, path, { method });
    expect(
      status === 503 && json.bk_error_code === code && json.result === false,
      `${method} ${path}: ${json.bk_error_code}`,
    );
  }

  const log = gateway.accessLog();
  expect(
    log.some(({ requestId, status }) => requestId === 'mine' && status === 200),
    'the log does not name the request',
  );
  expect(!JSON.stringify(log).includes('Bearer'), 'the log contains a key');
} finally {
  await gateway.remove();
  await certificates.remove();
  for (const one of [...ingest, ...subscription]) one.close();
}
outcome.tell('nginx -t; nginx running: routes, TLS, headers, limits, one process gone, all processes gone');
