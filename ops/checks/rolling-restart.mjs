// Restarts every process of every service under load, one after the other, on real servers: two of ingest and two of
// subscription behind the real gateway, and two workers. No publish and no search may fail, and each accepted event has to be
// called back once. As in Kubernetes, the gateway stops using a process before the process stops. With --abrupt it does not,
// and requests in flight at that moment may get 503.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, placeGateway } from './nginx-gateway.mjs';
import { createOutcome } from './outcome.mjs';
import { enterRealServers } from './real-servers.mjs';
import { openReceiver } from './receiver.mjs';
import { productionSettings, startService } from './services.mjs';
import { until } from './watched-bus.mjs';

const outcome = createOutcome('Rolling restart');
const { expect } = outcome;
const key = 'a-key-of-this-check-only';
const publishersAtOnce = 16;
const event = JSON.stringify({
  event_source: 'a',
  event_topic: 'gs',
  event_type: 'cert',
  event_status: '1',
  changes: ['1'],
});
const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };

const { place, leave } = await enterRealServers({ database: true });
const gateway = await placeGateway();
const receiver = await openReceiver();
const folder = mkdtempSync(join(tmpdir(), 'callbus-keys-'));
const keysFile = join(folder, 'keys.json');
const sha256 = createHash('sha256').update(key).digest('hex');
writeFileSync(keysFile, JSON.stringify([{ sha256, account: '0', user: 'check', roles: ['publish', 'manage'] }]));
const env = {
  ...productionSettings,
  // As in a container, the services are reachable from other machines and so require keys.
  HOST: '0.0.0.0',
  AUTH: 'keys',
  KEYS_FILE: keysFile,
  AMQP_URL: place.amqpUrl,
  DATABASE_URL: place.databaseUrl,
  REDIS_URL: place.redisUrl,
  BROKER_PREFIX: place.brokerPrefix,
  REDIS_PREFIX: place.redisPrefix,
};
const isAbrupt = process.argv.includes('--abrupt');
const addressOf = ({ port }) => `127.0.0.1:${port}`;
/** @type {Record<string, Awaited<ReturnType<typeof startService>>[]>} */
const services = { ingest: [], subscription: [], delivery: [] };
const all = () => Object.values(services).flat();

/** Resolves when the gateway sends the requests for this service to these processes only. */
async function turnTo(name, processes) {
  const both = { ingest: services.ingest, subscription: services.subscription, [name]: processes };
  gateway.useAddresses({ ingest: both.ingest.map(addressOf), subscription: both.subscription.map(addressOf) });
  gateway.reload();
  const own = new Set(services[name].map(addressOf));
  const wanted = processes.map(addressOf).sort().join();
  await until(
    () => {
      const upstreams = gateway.accessLog().map(({ upstream }) => upstream);
      const lately = new Set(upstreams.filter((upstream) => own.has(upstream)).slice(-50));
      return [...lately].sort().join() === wanted;
    },
    { what: `the gateway to use ${wanted}` },
  );
}

/** Publishes and searches. @returns a function that ends this, and returns the ids of the accepted events and all answers */
function load() {
  const accepted = [];
  const answers = {};
  let isOver = false;
  async function repeat(kind, path, body) {
    while (!isOver) {
      const { status, json } = await ask(gateway.port, path, { headers, body }).catch((error) => ({
        status: error.code,
      }));
      const answer = `${kind} ${status}`;
      answers[answer] = (answers[answer] ?? 0) + 1;
      if (status === 200 && json.request_id !== undefined) accepted.push(json.request_id);
    }
  }
  const callers = [
    ...Array.from({ length: publishersAtOnce }, () => repeat('publish', '/api/publish', event)),
    ...Array.from({ length: 2 }, () => repeat('search', '/api/v3/event/subscribe/search/0/2', '{}')),
  ];
  return async () => {
    isOver = true;
    await Promise.all(callers);
    return { accepted, answers };
  };
}

let published = 0;
try {
  for (const name of /** @type {const} */ (['ingest', 'subscription']))
    for (let index = 0; index < 2; index += 1) services[name].push(await startService(name, env));
  const workerEnv = { ...env, SUBSCRIPTION_URL: services.subscription[0].url };
  for (let index = 0; index < 2; index += 1) services.delivery.push(await startService('delivery', workerEnv));
  gateway.useAddresses({
    ingest: services.ingest.map(addressOf),
    subscription: services.subscription.map(addressOf),
  });
  await gateway.start();

  const { status } = await ask(gateway.port, '/api/publish', {
    body: event,
    headers: { 'Content-Type': 'application/json' },
  });
  expect(status === 401, `a publish without a key is answered with ${status}`);
  const subscribed = await ask(gateway.port, '/api/v3/event/subscribe/0/2', {
    headers,
    body: JSON.stringify({
      subscription_name: 'all',
      callback_url: `${receiver.url}/all`,
      confirm_mode: 'httpstatus',
      subscription_form: '#',
      payload_format: 'cloudevents-binary',
    }),
  });
  expect(subscribed.json.result === true, `not subscribed: ${JSON.stringify(subscribed.json)}`);

  const end = load();
  for (const one of [...services.ingest, ...services.subscription, ...services.delivery]) {
    const isBehindGateway = one.name !== 'delivery';
    if (isBehindGateway && !isAbrupt)
      await turnTo(
        one.name,
        services[one.name].filter((other) => other !== one),
      );
    await sleep(1_000);
    expect((await one.stop()) === 0, `a process of ${one.name} does not exit with 0`);
    await one.start();
    if (isBehindGateway && !isAbrupt) await turnTo(one.name, services[one.name]);
  }
  await sleep(1_000);
  const { accepted, answers } = await end();
  published = accepted.length;
  expect(published > 200, `only ${published} publishes`);
  expect(
    Object.keys(answers).sort().join() === 'publish 200,search 200',
    `publishes or searches failed: ${JSON.stringify(answers)}`,
  );
  for (const line of gateway
    .accessLog()
    .filter((one) => one.status >= 500)
    .slice(0, 5))
    outcome.fault(JSON.stringify(line));

  await until(() => receiver.count('/all', accepted).came === published, { what: 'every callback' }).catch((error) =>
    outcome.fault(error.message),
  );
  // Waits a moment longer for repeats.
  await sleep(1_000);
  const { came, repeated } = receiver.count('/all', accepted);
  expect(came === published && repeated === 0, `${published} accepted, ${came} called back, ${repeated} repeated`);
} finally {
  for (const one of all()) await one.stop();
  receiver.close();
  await gateway.remove();
  for (const what of await leave()) outcome.fault(`left behind: ${what}`);
  rmSync(folder, { recursive: true });
}
outcome.tell(`six processes restarted, ${published} publishes meanwhile, none failed, each called back once`);
// A timer of a lock is still active.
process.exit();
