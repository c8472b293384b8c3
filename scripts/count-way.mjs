// Counts the files and functions of Callbus that one ETC event passes from its door to the POST of its callback, with one
// matching subscription: `node scripts/count-way.mjs [checkout]`. Needs RabbitMQ, Postgres, Redis and a built checkout.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import inspector from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const self = fileURLToPath(import.meta.url);
const windowMs = 400;
const rounds = 6;

/** Runs inside the service. After a signal it counts for a while and writes the result to a file. */
async function countHere(/** @type {string} */ file) {
  const session = new inspector.Session();
  session.connect();
  await session.post('Profiler.enable');
  process.on('SIGWINCH', () => {
    void (async () => {
      await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
      await session.post('Profiler.takePreciseCoverage');
      await sleep(windowMs);
      const { result } = await session.post('Profiler.takePreciseCoverage');
      const entered = result
        .filter(({ url }) => /\/(libs|services)\/[^/]+\/(src|dist)\//.test(url))
        .flatMap(({ url, functions }) =>
          functions
            .filter(({ functionName, ranges }) => functionName !== '' || ranges[0]?.startOffset !== 0)
            .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
            .map(({ functionName, ranges }) => `${url} ${functionName} ${ranges[0]?.startOffset}`),
        );
      writeFileSync(file, JSON.stringify(entered));
    })();
  });
}

const { COUNT_INTO: countInto } = process.env;
if (countInto !== undefined) await countHere(countInto);
else await count(resolve(process.argv[2] ?? '.'));

async function count(/** @type {string} */ checkout) {
  const token = `t${Date.now().toString(36)}`;
  process.env['TEST_AMQP_URL'] ??= 'amqp://guest:guest@127.0.0.1:5672';
  process.env['TEST_DATABASE_URL'] ??= 'postgres://postgres:postgres@127.0.0.1:5432/postgres';
  process.env['TEST_REDIS_URL'] ??= 'redis://127.0.0.1:6379';
  const { isolate } = await import('@callbus/testing/isolate');
  const place = await isolate({ database: true });
  const receiver = createServer((request, response) => request.resume().on('end', () => response.end('{}'))).listen(0);
  await once(receiver, 'listening');
  const address = receiver.address();
  const callbackUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const file = join(tmpdir(), `callbus-way-${token}.json`);
  const bus = spawn(
    process.execPath,
    ['--import', pathToFileURL(self).href, join(checkout, 'services/standalone/dist/main.js')],
    {
      env: {
        PATH: process.env['PATH'],
        COUNT_INTO: file,
        PORT: '0',
        LOG_LEVEL: 'info',
        AMQP_URL: place.amqpUrl,
        DATABASE_URL: place.databaseUrl,
        REDIS_URL: place.redisUrl,
        BROKER_PREFIX: place.brokerPrefix,
        REDIS_PREFIX: place.redisPrefix,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const url = await urlOf(bus);
    const post = async (/** @type {string} */ path, /** @type {object} */ body) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    };
    await post('/api/v3/event/subscribe/0/2', {
      subscription_name: 'way',
      subscription_form: 's.t.y.1',
      system_name: 'way',
      callback_url: callbackUrl,
      confirm_mode: 'httpstatus',
      confirm_pattern: '200',
      timeout: 10,
    });
    const publish = () =>
      post('/api/publish', { event_source: 's', event_topic: 't', event_type: 'y', event_status: '1', changes: [1] });
    const enteredWhile = async (/** @type {() => Promise<void>} */ work) => {
      bus.kill('SIGWINCH');
      await sleep(windowMs / 4);
      await work();
      await sleep(2 * windowMs);
      return new Set(/** @type {string[]} */ (JSON.parse(readFileSync(file, 'utf8'))));
    };
    for (let event = 0; event < 20; event += 1) await publish();
    await sleep(1_000);
    const idle = new Set();
    /** @type {Set<string> | undefined} */
    let entered;
    for (let round = 0; round < rounds; round += 1) {
      for (const each of await enteredWhile(async () => undefined)) idle.add(each);
      const now = await enteredWhile(publish);
      // Periodic work is not part of every round.
      entered = entered === undefined ? now : new Set([...entered].filter((each) => now.has(each)));
    }
    const way = [...(entered ?? [])].filter((each) => !idle.has(each)).sort();
    const files = new Set(way.map((each) => each.split(' ')[0]));
    if (process.env['LIST'] !== undefined) console.log(way.join('\n').replaceAll(pathToFileURL(checkout).href, ''));
    console.log(`${files.size} files, ${way.length} functions`);
  } finally {
    bus.kill('SIGTERM');
    await once(bus, 'exit');
    receiver.close();
    await place.cleanUp();
  }
}

/** @returns the URL of the service, when it is ready */
async function urlOf(/** @type {import('node:child_process').ChildProcess} */ bus) {
  let text = '';
  bus.stdout?.on('data', (chunk) => (text += String(chunk)));
  for (;;) {
    const url = /ready on (http\S+)/.exec(text)?.[1];
    if (url !== undefined) return url;
    if (bus.exitCode !== null) throw new Error(`it ended: ${text}`);
    await sleep(50);
  }
}
