import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A program that forwards connections to a port of 127.0.0.1. Its backlog is as short as possible. */
const relay = `const { connect, createServer } = require('node:net');
  createServer((socket) => {
    const server = connect(Number(process.argv[1]), '127.0.0.1');
    for (const each of [socket, server]) each.on('error', () => { socket.destroy(); server.destroy(); });
    socket.pipe(server).pipe(socket);
  }).listen({ host: '127.0.0.2', port: 0, backlog: 1 }, function () { console.log(this.address().port); })`;

/** A program that resolves far.test to the relay and to two IPv6 addresses without a route. */
const resolver = `import dns from 'node:dns';
  import { syncBuiltinESMExports } from 'node:module';
  const { lookup } = dns;
  const addresses = [['127.0.0.2', 4], ['::2', 6], ['::3', 6]].map(([address, family]) => ({ address, family }));
  dns.lookup = (name, options, callback) => {
    if (name !== 'far.test') return lookup(name, options, callback);
    console.error('look-up of far.test');
    process.nextTick(callback, null, addresses);
  };
  syncBuiltinESMExports();`;

let place: Place;
let processes: ChildProcess[] = [];
let fillers: Socket[] = [];
beforeAll(async () => {
  place = await isolate({ database: true });
});
afterEach(async () => {
  for (const socket of fillers) socket.destroy();
  for (const child of processes) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  processes = [];
  fillers = [];
});
afterAll(() => place.cleanUp());

/** A relay that drops the first packet of a connection, because its process is stopped and its backlog is full. */
async function openStopped(targetPort: string) {
  const child = spawn(process.execPath, ['-e', relay, targetPort], { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.2').on('error', () => undefined));
  await waitFor(() => fillers.filter(({ readyState }) => readyState === 'open').length > 1, { what: 'a full backlog' });
  return {
    port,
    resume() {
      for (const socket of fillers) socket.destroy();
      child.kill('SIGCONT');
    },
  };
}

test.each([
  ['RabbitMQ', 'AMQP_URL', 'connected to rabbitmq'],
  ['Postgres', 'DATABASE_URL', 'listening'],
  ['Redis', 'REDIS_URL', 'redis connected'],
] as const)(
  '%s is reached at an address that answers after a second, although its name has other addresses without a route',
  async (_, name, sign) => {
    const urls = { AMQP_URL: place.amqpUrl, DATABASE_URL: place.databaseUrl, REDIS_URL: place.redisUrl };
    const url = new URL(urls[name]);
    const relayed = await openStopped(url.port);
    const far = urls[name].replace(url.host, `far.test:${relayed.port}`);
    const env = {
      ...urls,
      [name]: far,
      BROKER_PREFIX: place.brokerPrefix,
      REDIS_PREFIX: place.redisPrefix,
      INTERNAL_TOKEN: 'a token of the workers',
      AUTH: 'none',
      PORT: '0',
    };
    const preload = `data:text/javascript,${encodeURIComponent(resolver)}`;
    const service = spawn(process.execPath, ['--import', preload, main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    processes.push(service);
    let output = '';
    for (const stream of [service.stdout, service.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));

    await waitFor(() => output.includes('look-up of far.test'), { what: 'the first connection', timeoutMs: 20_000 });
    // The kernel sends the dropped packet again after a second.
    setTimeout(() => relayed.resume(), 500);
    const lineWith = (words: RegExp) => output.split('\n').find((line) => words.test(line));
    const failure = /waiting for|is away/;
    await waitFor(() => output.includes(sign) || lineWith(failure), { what: sign, timeoutMs: 20_000 });
    expect(lineWith(failure)).toBeUndefined();
  },
);
