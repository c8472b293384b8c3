// Two real ingest processes behind the real gateway, restarted one after the other under load: no publish fails, and
// RabbitMQ has each event once. As in Kubernetes, the gateway learns that a process goes before the process does; with
// --abrupt it does not, and a publish that is on its way at that very moment may be answered with 503.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, freePort, placeGateway } from './nginx-gateway.mjs';
import { createOutcome } from './outcome.mjs';
import { enterRealServers } from './real-servers.mjs';
import { pathTo } from './repository.mjs';

const outcome = createOutcome('Rolling restart of ingest');
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

async function startIngest(port, env) {
  const child = spawn(process.execPath, [pathTo('services/ingest/dist/main.js')], {
    env: { PATH: process.env.PATH, PORT: String(port), LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = once(child, 'exit');
  for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
    const answer = await ask(port, '/readyz', { method: 'GET', body: '' }).catch(() => undefined);
    if (answer?.status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}

/** @returns how to end it; then how many publishes were answered with each status */
function publish(port) {
  const statuses = {};
  let isOver = false;
  async function publisher() {
    while (!isOver) {
      const { status } = await ask(port, '/api/publish', { headers, body: event }).catch((error) => ({
        status: error.code,
      }));
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  }
  const publishers = Array.from({ length: publishersAtOnce }, publisher);
  return async () => {
    isOver = true;
    await Promise.all(publishers);
    return statuses;
  };
}

async function messagesIn(amqpUrl, queue) {
  const amqp = createRequire(pathTo('libs/broker/package.json'))('amqplib');
  const connection = await amqp.connect(amqpUrl);
  const channel = await connection.createChannel();
  let { messageCount } = await channel.checkQueue(queue);
  // A quorum queue counts a moment after it has confirmed.
  for (let last = -1; last !== messageCount;) {
    last = messageCount;
    await new Promise((resolve) => setTimeout(resolve, 500));
    ({ messageCount } = await channel.checkQueue(queue));
  }
  await connection.close();
  return messageCount;
}

const { place, leave } = await enterRealServers();
const gateway = await placeGateway();
const folder = mkdtempSync(join(tmpdir(), 'callbus-keys-'));
const keysFile = join(folder, 'keys.json');
const sha256 = createHash('sha256').update(key).digest('hex');
writeFileSync(keysFile, JSON.stringify([{ sha256, account: '0', user: 'check', roles: ['publish'] }]));
const env = {
  // As in a container: reachable from elsewhere, and so with keys.
  HOST: '0.0.0.0',
  AUTH: 'keys',
  KEYS_FILE: keysFile,
  AMQP_URL: place.amqpUrl,
  REDIS_URL: place.redisUrl,
  BROKER_PREFIX: place.brokerPrefix,
  REDIS_PREFIX: place.redisPrefix,
};
const isAbrupt = process.argv.includes('--abrupt');
const addressOf = (port) => `127.0.0.1:${port}`;
const useIngest = (list) => gateway.useAddresses({ ingest: list.map(addressOf), subscription: ['127.0.0.1:9'] });

/** Resolves when the last requests went to these alone. */
async function turnTo(list) {
  useIngest(list);
  gateway.reload();
  const wanted = list.map(addressOf).sort().join();
  for (let tries = 0; tries < 100; tries += 1) {
    const lately = new Set(
      gateway
        .accessLog()
        .slice(-50)
        .map(({ upstream }) => upstream),
    );
    if ([...lately].sort().join() === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the gateway does not turn to ${wanted}`);
}

const ports = [await freePort(), await freePort()];
const processes = [];
let published = 0;
try {
  for (const port of ports) processes.push(await startIngest(port, env));
  useIngest(ports);
  await gateway.start();

  const { status } = await ask(gateway.port, '/api/publish', {
    body: event,
    headers: { 'Content-Type': 'application/json' },
  });
  expect(status === 401, `a publish without a key is answered with ${status}`);

  const end = publish(gateway.port);
  for (const [index, port] of ports.entries()) {
    if (!isAbrupt) await turnTo(ports.filter((other) => other !== port));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await processes[index].stop()) === 0, `process ${index} does not exit with 0`);
    processes[index] = await startIngest(port, env);
    if (!isAbrupt) await turnTo(ports);
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const statuses = await end();
  published = statuses[200] ?? 0;
  expect(published > 200, `only ${published} publishes`);
  expect(Object.keys(statuses).length === 1, `publishes failed: ${JSON.stringify(statuses)}`);
  for (const line of gateway
    .accessLog()
    .filter((one) => one.status >= 500)
    .slice(0, 5))
    outcome.fault(JSON.stringify(line));
  const kept = await messagesIn(place.amqpUrl, `${place.brokerPrefix}events`);
  expect(kept === published, `${published} accepted, ${kept} on the broker`);
} finally {
  for (const one of processes) await one.stop();
  await gateway.remove();
  for (const what of await leave()) outcome.fault(`left behind: ${what}`);
  rmSync(folder, { recursive: true });
}
outcome.tell(`both processes once, ${published} publishes meanwhile, none failed, each on the broker once`);
// The shared helpers keep a lock's timer.
process.exit();
