// Measures what statistics cost: bytes of Redis per event, and CPU of Redis and of the recording process per event.
//
//   node libs/statistics/test/measure-redis.mjs [--events 500000] [--rate 5000] [--turns 3] [--subscriptions 1] [--max-bytes 1073741824] [--beside DIR]
//
// Every turn has a private Redis. An event matches one subscription, whose callback is confirmed at once. `--beside` takes turns with another
// checkout, which has to be built. The figures of decision 0059 come from this program.
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { startPrivateRedis } from '@callbus/testing/servers/private-redis';
import { pino } from 'pino';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '500000' },
    rate: { type: 'string', default: '5000' },
    turns: { type: 'string', default: '3' },
    subscriptions: { type: 'string', default: '1' },
    'max-bytes': { type: 'string', default: '1073741824' },
    beside: { type: 'string' },
  },
});
const events = Number(values.events);
const subscriptions = Number(values.subscriptions);
const tracesMaxBytes = Number(values['max-bytes']);
const logger = pino({ level: 'warn' });
const eventsPerMs = Number(values.rate) / 1_000;

const root = new URL('../../../', import.meta.url);
const checkouts = { this: root, ...(values.beside && { beside: pathToFileURL(`${resolve(values.beside)}/`) }) };

/** @returns figures of Redis by name, as INFO has them */
async function infoOf(redis) {
  const lines = (await redis.info()).split('\r\n').map((line) => line.split(':'));
  return Object.fromEntries(lines.map(([name = '', value]) => [name, Number(value)]));
}

async function measure(checkout) {
  const { createRedisStatistics } = await import(new URL('libs/statistics/dist/redis.js', checkout).href);
  const server = await startPrivateRedis();
  const redis = connectRedis({ url: server.url, logger });
  const observer = connectRedis({ url: server.url, logger });
  const statistics = createRedisStatistics({ redis, prefix: 'callbus:', logger, tracesMaxBytes });
  while (!statistics.isReady() || observer.status !== 'ready') await sleep(1);

  const before = await infoOf(observer);
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  while (done < events) {
    const due = Math.min(events, (performance.now() - start) * eventsPerMs);
    while (done < due) record(statistics, (done += 1));
    await sleep(2);
  }
  while (!(await isFlushed(observer))) await sleep(20);
  const cpu = process.cpuUsage(cpuBefore);
  const after = await infoOf(observer);

  const { since } = (await statistics.trace('0', 'none')) ?? {};
  await statistics.close();
  observer.disconnect();
  await server.remove();
  const redisSeconds = (info) => info.used_cpu_user_main_thread + info.used_cpu_sys_main_thread;
  return {
    bytes: Math.round((after.used_memory - before.used_memory) / events),
    'Redis, µs': Number((((redisSeconds(after) - redisSeconds(before)) * 1e6) / events).toFixed(2)),
    'process, µs': Number(((cpu.user + cpu.system) / events).toFixed(2)),
    'MiB in total': Number(((after.used_memory - before.used_memory) / 1_048_576).toFixed(1)),
    since: since && new Date(since).toISOString(),
  };
}

/** Whether the counts of the last events are in Redis. A process writes them after their attempts. */
async function isFlushed(redis) {
  const last = 1 + ((events - 1) % subscriptions);
  const total = await redis.hget(`callbus:subscription:${last}`, 'total');
  return Number(total) === Math.ceil((events - last + 1) / subscriptions);
}

function record(statistics, n) {
  const subscription = 1 + ((n - 1) % subscriptions);
  const eventId = `${n.toString(16).padStart(8, '0')}-5b1c-4c1e-9d3f-0123456789ab`;
  const at = Date.now();
  const event = { account: '0', eventId, at };
  const attempt = { subscription, attempt: 1, outcome: 'confirmed', status: 200, durationMs: 4 };
  statistics.count(subscription, 'pending');
  statistics.recordStep({
    ...event,
    kind: 'matched',
    receivedAt: at - 3,
    name: 'shop.orders.order.created',
    bus: '',
    subscriptions: [subscription],
  });
  statistics.recordAttempt({ ...attempt, eventId, at, answer: 'ok' });
  statistics.recordStep({ ...event, ...attempt, kind: 'attempt' });
  statistics.count(subscription, 'pending', -1);
}

for (let turn = 1; turn <= Number(values.turns); turn += 1) {
  for (const [name, checkout] of Object.entries(checkouts)) {
    console.log(turn, name, JSON.stringify(await measure(checkout)));
  }
}
