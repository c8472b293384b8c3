// A fault for every alert: how to provoke it, what its runbook tells to read (`look`), and what it tells to do (`repair`). Each
// runs on a bus with a steady load to the subscription `steady`, and leaves the bus healthy.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './nginx-gateway.mjs';
import { pathTo } from './repository.mjs';
import { startService } from './services.mjs';
import { until } from './watched-bus.mjs';

const get = { method: 'GET' };

/** @returns the queues with messages or without consumers, from the API */
async function queues({ api }) {
  const { status, json } = await api('queues', get);
  if (status !== 200) return { status, ...json };
  return json.data.info.filter(
    ({ queue, ready, consumers }) => ready > 0 || (!queue.startsWith('retry') && !consumers),
  );
}

async function ready(bus, queue) {
  const { json } = await bus.api('queues', get);
  return json.data?.info.find((one) => one.queue === queue)?.ready ?? 0;
}

async function overview({ api }) {
  const { status, json } = await api('overview', get);
  return { status, ...json.data };
}

async function readiness({ port }) {
  const answer = await ask(port, '/readyz', { ...get, body: '' }).catch((error) => ({ status: error.code }));
  return { http: answer.status, ...answer.json };
}

async function value(bus, expr) {
  const [found] = await bus.prometheus.query(expr);
  return found?.value;
}

async function query(bus, sql) {
  const pg = createRequire(pathTo('services/subscription/package.json'))('pg');
  const client = new pg.Client({ connectionString: bus.servers.urls.DATABASE_URL });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

async function withRedis(bus, use) {
  const { Redis } = createRequire(pathTo('libs/runtime/package.json'))('ioredis');
  const redis = new Redis(bus.servers.urls.REDIS_URL);
  await use(redis).finally(() => redis.disconnect());
}

/** @returns the last lines at warn and above, each message once */
function warnings({ log }, since = 0) {
  const lines = log.slice(since).filter(({ level }) => level >= 40 || level === 'warn' || level === 'error');
  const seen = new Map(lines.map(({ time, pid, hostname, ...line }) => [line.msg, line]));
  return [...seen.values()].slice(-6).map((line) => JSON.stringify(line).slice(0, 300));
}

async function publishOne(bus) {
  const event = { event_source: 'a', event_topic: 'b', event_type: 'c', event_status: '1', changes: [1] };
  const start = performance.now();
  const answer = await ask(bus.ingest.port, '/api/publish', {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(event),
  }).catch((error) => ({ status: error.code, headers: {} }));
  const { status, headers, json } = answer;
  return { status, 'retry-after': headers['retry-after'], ...json, ms: Math.round(performance.now() - start) };
}

async function lookAtLatency(bus, tell) {
  const p = (share, name) => `histogram_quantile(${share}, sum by (le) (rate(${name}_bucket[20s])))`;
  tell('callbacks p95', await value(bus, p(0.95, 'callbus_callback_duration_seconds')));
  tell('acceptance to first attempt p95', await value(bus, p(0.95, 'callbus_acceptance_to_first_attempt_seconds')));
  tell('confirm p99', await value(bus, p(0.99, 'callbus_publish_confirm_seconds')));
  tell('event loop', await bus.prometheus.query('callbus_nodejs_eventloop_lag_p99_seconds{job="delivery"}'));
  tell('age', await bus.prometheus.query('callbus:queue_oldest_message_age_seconds > 0'));
}

/** Stops the process repeatedly, as a CPU limit does. @returns a function that ends the throttling */
function throttle(service, { stopMs, runMs }) {
  const ending = new AbortController();
  const throttling = (async () => {
    while (!ending.signal.aborted) {
      service.child.kill('SIGSTOP');
      await sleep(stopMs);
      service.child.kill('SIGCONT');
      await sleep(runMs);
    }
  })();
  return () => {
    ending.abort();
    return throttling;
  };
}

const drained = (bus) =>
  until(async () => (await ready(bus, 'events')) + (await ready(bus, 'deliveries')) === 0, {
    what: 'an empty queue',
    timeoutMs: 90_000,
  });

export const provocations = {
  'no-workers': {
    alerts: ['CallbusNoWorkers'],
    provoke: (bus) => Promise.all(bus.workers.map((worker) => worker.kill())),
    async look(bus, tell) {
      tell('queues', await queues(bus));
      const { AMQP_URL: _, ...broken } = bus.workerEnv;
      const { status, stdout, stderr } = spawnSync(process.execPath, [pathTo('services/delivery/dist/main.js')], {
        env: { PATH: process.env.PATH, ...broken, WORKER_PREFETCH: 'many' },
        encoding: 'utf8',
      });
      tell('a worker without AMQP_URL', { code: status, output: (stdout + stderr).slice(0, 600) });
      tell('publishing', await publishOne(bus));
    },
    async repair(bus) {
      await Promise.all(bus.workers.map((worker) => worker.start()));
      await drained(bus);
    },
  },

  // Workers that never got the subscriptions wait.
  'queue-without-consumers': {
    alerts: ['CallbusQueueWithoutConsumers', 'CallbusServiceAway'],
    async provoke(bus) {
      await bus.subscription.kill();
      await Promise.all(bus.workers.map((worker) => worker.stop()));
      await Promise.all(bus.workers.map((worker) => worker.start('port open')));
    },
    async look(bus, tell) {
      tell('readyz of a worker', await readiness(bus.workers[0]));
      tell('log of a worker', warnings(bus.workers[0]));
      tell('publishing', await publishOne(bus));
      tell('depth', await bus.prometheus.query('callbus:queue_messages_ready{queue="events"}'));
      tell('age', await bus.prometheus.query('callbus:queue_oldest_message_age_seconds{queue="events"}'));
      tell('redeliveries', await value(bus, 'sum(callbus_redeliveries_total)'));
    },
    async repair(bus) {
      await bus.subscription.start();
      await drained(bus);
    },
  },

  'service-away': {
    alerts: ['CallbusServiceAway'],
    provoke: (bus) => bus.ingest.kill(),
    async look(bus, tell) {
      tell('publishing', await publishOne(bus));
      tell('queues', await queues(bus));
      const { AUTH: _, ...broken } = bus.workerEnv;
      const { status, stdout, stderr } = spawnSync(process.execPath, [pathTo('services/ingest/dist/main.js')], {
        env: { PATH: process.env.PATH, ...broken },
        encoding: 'utf8',
      });
      tell('ingest without AUTH', { code: status, output: (stdout + stderr).slice(0, 600) });
    },
    repair: (bus) => bus.ingest.start(),
  },

  // Workers with little CPU, and more events than they can handle.
  'queue-growing': {
    alerts: [
      'CallbusQueueGrowing',
      'CallbusOldestMessageTooOld',
      'CallbusFirstAttemptBudgetBurnsFast',
      'CallbusFirstAttemptBudgetBurnsSlowly',
    ],
    async provoke(bus) {
      this.types = Array.from({ length: 40 }, (_, index) => `flood-${index}`);
      for (const type of this.types) await bus.subscribe(type);
      this.throttles = bus.workers.map((worker) => throttle(worker, { stopMs: 160, runMs: 20 }));
      this.loads = this.types.map((type) => bus.publish(type, 30));
    },
    async look(bus, tell) {
      tell('queues', await queues(bus));
      await lookAtLatency(bus, tell);
    },
    async repair(bus, tell) {
      const attempts = 'sum(rate(callbus_callback_duration_seconds_count[10s]))';
      const before = await value(bus, attempts);
      const added = performance.now();
      await bus.addWorker();
      await bus.addWorker();
      await sleep(10_000);
      tell('attempts per second before, with two more workers', [before, await value(bus, attempts)]);
      tell('queues', await queues(bus));
      await Promise.all(this.loads.map((load) => load.stop()));
      await drained(bus);
      tell('queues empty after s', Math.round((performance.now() - added) / 1_000));
      await Promise.all(this.throttles.map((end) => end()));
      const missing = () =>
        this.types.reduce((sum, type, index) => {
          const { accepted } = this.loads[index];
          return sum + accepted.size - bus.receiver.count(`/${type}`, accepted).came;
        }, 0);
      tell('parked by then', missing());
      await until(() => missing() === 0, { what: 'all events of the flood', timeoutMs: 60_000 });
      tell('all events of the flood after s', Math.round((performance.now() - added) / 1_000));
    },
    resolves: ['CallbusQueueGrowing', 'CallbusOldestMessageTooOld'],
  },

  // A subscription whose receiver became slow, and more events than 16 callbacks at once can deliver. No alert fires, because
  // other subscriptions are not affected.
  'slow-receiver': {
    alerts: [],
    async provoke(bus) {
      bus.receiver.answerWith('/slow', () => ({ delayMs: 1_500 }));
      this.id = await bus.subscribe('slow', { max_in_flight: 16 });
      this.load = bus.publish('slow', 150);
      await sleep(30_000);
    },
    async look(bus, tell) {
      tell('queues', await queues(bus));
      const { slowest } = await overview(bus);
      tell('overview, slowest', slowest);
      tell('parked per second', await value(bus, 'sum(rate(callbus_parked_total[20s]))'));
      await lookAtLatency(bus, tell);
    },
    async repair(bus, tell) {
      await this.load.stop();
      bus.receiver.answerWith('/slow', () => ({}));
      const { status } = await bus.api(`subscribe/0/2/${this.id}`, {
        method: 'PUT',
        body: {
          subscription_name: 'slow',
          callback_url: `${bus.receiver.url}/slow`,
          confirm_mode: 'httpstatus',
          subscription_form: 'slow',
          payload_format: 'cloudevents-binary',
          max_in_flight: 128,
        },
      });
      tell('max_in_flight raised to 128, receiver quick again', status);
      const came = () => bus.receiver.count('/slow', this.load.accepted).came;
      tell('waiting', this.load.accepted.size - came());
      const start = performance.now();
      await until(() => came() === this.load.accepted.size, { what: 'every slow one', timeoutMs: 90_000 });
      tell('all after s', Math.round((performance.now() - start) / 1_000));
      tell('slow', { accepted: this.load.accepted.size, ...bus.receiver.count('/slow', this.load.accepted) });
    },
    resolves: [],
  },

  // Every second callback is refused, so that no breaker opens. No delivery has a second attempt.
  'failure-ratio-high': {
    alerts: ['CallbusFailureRatioHigh', 'CallbusUndeliveredGrowing'],
    async provoke(bus) {
      let calls = 0;
      bus.receiver.answerWith('/moody', () => ({ status: (calls += 1) % 2 ? 500 : 200 }));
      this.id = await bus.subscribe('moody', { max_attempts: 1 });
      this.load = bus.publish('moody', 60);
    },
    async look(bus, tell) {
      tell('outcomes', await bus.prometheus.query('callbus:deliveries:rate5m'));
      tell('undelivered', await bus.prometheus.query('callbus_undelivered_total > 0'));
      const { failing } = await overview(bus);
      tell('overview', failing);
      const one = `subscribe/0/2/${this.id}`;
      tell('attempts', (await bus.api(`${one}/attempts?outcome=refused&limit=1`, get)).json);
      tell('undelivered', (await bus.api(`${one}/undelivered?reason=exhausted&limit=1`, get)).json);
      const callback_url = `${bus.receiver.url}/moody`;
      tell('ping', (await bus.api('subscribe/ping', { body: { callback_url } })).json);
      tell('telnet', (await bus.api('subscribe/telnet', { body: { callback_url } })).json);
      tell('lanes', await bus.prometheus.query('callbus_lanes > 0'));
    },
    async repair(bus, tell) {
      await this.load.stop();
      bus.receiver.answerWith('/moody', () => ({}));
      await drained(bus);
      await sleep(1_000);
      const one = `subscribe/0/2/${this.id}/undelivered`;
      const { json: made } = await bus.api(`${one}/replay`, { body: { all: true } });
      tell('replay', made);
      await until(async () => (await bus.api(`${one}?limit=1`, get)).json.data.count === 0, { what: 'the replay' });
      tell('moody', {
        accepted: this.load.accepted.size,
        after: (await bus.api(`${one}?limit=1`, get)).json.data,
        // A replayed event has two callbacks, the failed one and the replayed one.
        ...bus.receiver.count('/moody', this.load.accepted),
      });
    },
  },

  // The port of all receivers is closed.
  'many-receivers-away': {
    alerts: ['CallbusManyReceiversAway'],
    async provoke(bus) {
      this.loads = [];
      for (let index = 0; index < 40; index += 1) await bus.subscribe(`many-${index}`);
      await bus.receiver.shut();
      for (let index = 0; index < 40; index += 1) this.loads.push(bus.publish(`many-${index}`, 5));
    },
    async look(bus, tell) {
      tell('outcomes', await bus.prometheus.query('callbus:deliveries:rate5m'));
      tell('lanes', await bus.prometheus.query('callbus_lanes > 0'));
      tell('log', warnings(bus.workers[0]).slice(-2));
      tell('telnet', (await bus.api('subscribe/telnet', { body: { callback_url: bus.receiver.url } })).json);
      tell('failing', (await overview(bus)).failing?.slice(0, 2));
    },
    async repair(bus, tell) {
      await Promise.all(this.loads.map((load) => load.stop()));
      await bus.receiver.reopen();
      const all = () =>
        this.loads.reduce(
          (sum, { accepted }, index) => sum + accepted.size - bus.receiver.count(`/many-${index}`, accepted).came,
          0,
        );
      tell('waiting when the receivers are back', all());
      const start = performance.now();
      await until(() => all() === 0, { what: 'all', timeoutMs: 150_000 });
      tell('all delivered after s', Math.round((performance.now() - start) / 1_000));
    },
  },

  'rabbitmq-away': {
    alerts: ['CallbusRabbitmqAway', 'CallbusIngestBudgetBurnsFast'],
    provoke: (bus) => bus.servers.rabbitmq.stop(),
    async look(bus, tell) {
      tell('publishing', await publishOne(bus));
      tell('readyz of ingest', await readiness(bus.ingest));
      tell('readyz of a worker', await readiness(bus.workers[0]));
      const change = await bus.api('subscribe/0/2', {
        body: {
          subscription_name: 'x',
          callback_url: bus.receiver.url,
          confirm_mode: 'httpstatus',
          subscription_form: 'x',
        },
      });
      tell('a change', { status: change.status, ...change.json });
      tell('search', (await bus.api('subscribe/search/0/2', { body: { page: { limit: 1 } } })).status);
      tell('queues', await queues(bus));
      tell('log of ingest', warnings(bus.ingest));
      tell('log of a worker', warnings(bus.workers[0]));
      tell(
        'statuses',
        await bus.prometheus.query(
          'sum by (status) (rate(callbus_http_request_duration_seconds_count{job="ingest",method="POST"}[10s]))',
        ),
      );
    },
    async repair(bus, tell) {
      await bus.servers.rabbitmq.start();
      tell('quorum critical', bus.servers.diagnose('check_if_node_is_quorum_critical'));
      await drained(bus);
    },
    resolves: ['CallbusRabbitmqAway'],
  },

  // An occasional alarm, by which more than one in a thousand publishes of three days fails.
  'ingest-budget-burns': {
    alerts: ['CallbusIngestBudgetBurnsSlowly'],
    async provoke(bus) {
      await bus.servers.rabbitmq.ctl('set_disk_free_limit', '100000GB');
      await sleep(8_000);
      await bus.servers.rabbitmq.ctl('set_disk_free_limit', '50MB');
    },
    async look(bus, tell) {
      tell('ratios', await bus.prometheus.query('{__name__=~"callbus:ingest_errors:.*"}'));
      tell(
        'statuses',
        await bus.prometheus.query(
          'sum by (status) (callbus_http_request_duration_seconds_count{job="ingest",method="POST"})',
        ),
      );
    },
    async repair() {},
    // The alert covers six hours, here six minutes.
    resolves: [],
  },

  'publishers-blocked': {
    alerts: ['CallbusPublishersBlocked'],
    provoke: (bus) => bus.servers.rabbitmq.ctl('set_disk_free_limit', '100000GB'),
    async look(bus, tell) {
      tell('publishing', await publishOne(bus));
      tell('alarms', bus.servers.diagnose('alarms'));
      tell('readyz of ingest', await readiness(bus.ingest));
      tell('blocked', await bus.prometheus.query('callbus_publisher_blocked'));
      tell('disk', await bus.prometheus.query('{__name__=~"rabbitmq_disk_space_available.*"}'));
      tell('queues', await queues(bus));
      tell('log of ingest', warnings(bus.ingest));
    },
    async repair(bus, tell) {
      await bus.servers.rabbitmq.ctl('set_disk_free_limit', '50MB');
      const start = performance.now();
      await until(async () => (await publishOne(bus)).status === 200, { what: 'a publish' });
      tell('publishing again after ms', Math.round(performance.now() - start));
      await drained(bus);
    },
  },

  'publishing-fails': {
    alerts: ['CallbusPublishingFails'],
    // The queue has no consumer, and it is full.
    async provoke(bus) {
      for (const worker of bus.workers) await worker.stop();
      await bus.servers.rabbitmq.ctl('set_policy', 'cap', '^callbus\\.events$', '{"max-length":1}');
    },
    async look(bus, tell) {
      tell('publishing', await publishOne(bus));
      tell('readyz of ingest', await readiness(bus.ingest));
      tell('gauge', await bus.prometheus.query('callbus_publishing'));
      tell('policies', await bus.servers.rabbitmq.ctl('list_policies'));
      tell('queues', await queues(bus));
      tell('log of ingest', warnings(bus.ingest));
    },
    async repair(bus, tell) {
      await bus.servers.rabbitmq.ctl('clear_policy', 'cap');
      const start = performance.now();
      await until(async () => (await publishOne(bus)).status === 200, { what: 'a publish', timeoutMs: 60_000 });
      tell('publishing again after ms', Math.round(performance.now() - start));
      for (const worker of bus.workers) await worker.start();
      await drained(bus);
    },
  },

  'messages-unreadable': {
    alerts: ['CallbusMessagesUnreadable'],
    async provoke(bus) {
      const amqp = createRequire(pathTo('libs/broker/package.json'))('amqplib');
      const connection = await amqp.connect(bus.servers.urls.AMQP_URL);
      const channel = await connection.createConfirmChannel();
      for (const queue of ['callbus.events', 'callbus.deliveries'])
        channel.sendToQueue(queue, Buffer.from('not an event'), {
          persistent: true,
          headers: { from: 'another program' },
        });
      await channel.waitForConfirms();
      await connection.close();
    },
    async look(bus, tell) {
      tell('undelivered', await bus.prometheus.query('callbus_undelivered_total{reason="poison"} > 0'));
      for (const worker of bus.workers) tell('log of a worker', warnings(worker));
      tell('log of subscription', warnings(bus.subscription));
      const steady = 'subscribe/0/2/1/undelivered?reason=poison';
      tell('by the API', (await bus.api(steady, get)).json);
      tell('queues', await queues(bus));
      tell('in Postgres', await query(bus, "SELECT * FROM undelivered WHERE reason = 'poison'"));
    },
    async repair() {},
    // The alert covers an hour, here a minute.
  },

  // An account with ten million stored events, which would take an hour to publish.
  'accounts-full': {
    alerts: ['CallbusAccountsFull'],
    provoke: (bus) => query(bus, `INSERT INTO undelivered_counts (account, part, events) VALUES ('full', 0, 10000000)`),
    async look(bus, tell) {
      tell('log of subscription', warnings(bus.subscription).slice(-1));
      const headers = { 'Content-Type': 'application/json', HTTP_BK_SUPPLIER_ACCOUNT: 'full' };
      const body = JSON.stringify({ eventBusId: 'b', eventList: [{ source: 's', type: 't' }] });
      const { status, json } = await ask(bus.ingest.port, '/v1/event-bus/event/recv', { headers, body });
      tell('publishing', { status, ...json });
      tell(
        'overview',
        (await ask(bus.subscription.port, '/api/v3/event/overview', { ...get, headers, body: '' })).json.data.quotas,
      );
      tell('refused', await bus.prometheus.query('callbus_events_refused_total{reason="tooMuchUndelivered"} > 0'));
    },
    async repair(bus, tell) {
      await query(bus, `DELETE FROM undelivered_counts WHERE account = 'full'`);
      tell('log of subscription', warnings(bus.subscription).slice(-1));
    },
  },

  'undelivered-dropped': {
    alerts: ['CallbusUndeliveredDropped'],
    async provoke(bus) {
      await bus.servers.rabbitmq.ctl('set_policy', 'bound', '^callbus\\.undelivered$', '{"max-length":10}');
      bus.receiver.answerWith('/dropped', () => ({ status: 500 }));
      await bus.subscribe('dropped', { max_attempts: 1 });
      await bus.subscription.kill();
      const load = bus.publish('dropped', 60);
      await sleep(2_000);
      await load.stop();
    },
    async look(bus, tell) {
      tell(
        'dropped',
        await bus.prometheus.query(
          '{__name__=~"rabbitmq_global_messages_dead_lettered_.*",dead_letter_strategy="disabled"} > 0',
        ),
      );
      tell('policies', (await bus.servers.rabbitmq.ctl('list_policies')).trim());
      tell('depth', await bus.prometheus.query('callbus:queue_messages_ready{queue="undelivered"}'));
    },
    async repair(bus) {
      await bus.servers.rabbitmq.ctl('clear_policy', 'bound');
      await bus.subscription.start();
    },
  },

  'postgres-away': {
    alerts: ['CallbusPostgresAway'],
    provoke: (bus) => bus.servers.postgres.stop(),
    async look(bus, tell) {
      const search = await bus.api('subscribe/search/0/2', { body: { page: { limit: 1 } } });
      tell('search', { status: search.status, ...search.json });
      tell('publishing', await publishOne(bus));
      tell('readyz of subscription', await readiness(bus.subscription));
      tell('log of subscription', warnings(bus.subscription));
      tell('queues', await queues(bus));
      await bus.workers[1].stop();
      await bus.workers[1].start('port open');
      await sleep(2_000);
      tell('readyz of a new worker', await readiness(bus.workers[1]));
      tell('log of a new worker', warnings(bus.workers[1]));
    },
    async repair(bus, tell) {
      await bus.servers.postgres.start();
      await until(async () => (await readiness(bus.workers[1])).http === 200, {
        what: 'the new worker',
        timeoutMs: 60_000,
      });
      tell('search', (await bus.api('subscribe/search/0/2', { body: { page: { limit: 1 } } })).status);
    },
  },

  'redis-away': {
    alerts: ['CallbusRedisAway'],
    provoke: (bus) => bus.servers.redis.stop(),
    async look(bus, tell) {
      const search = await bus.api('subscribe/search/0/2', { body: { page: { limit: 1 } } });
      tell('search', { status: search.status, statistics: search.json.data?.info[0]?.statistics });
      tell('publishing', await publishOne(bus));
      tell('overview', await overview(bus));
      tell('queues', await queues(bus));
      tell('log of ingest', warnings(bus.ingest));
      tell('log of a worker', warnings(bus.workers[0]));
      tell('readyz of ingest', await readiness(bus.ingest));
    },
    async repair(bus, tell) {
      await bus.servers.redis.start();
      await sleep(3_000);
      const search = await bus.api('subscribe/search/0/2', { body: { page: { limit: 1, sort: 'subscription_id' } } });
      tell('statistics', search.json.data?.info[0]?.statistics);
    },
  },

  'redis-nearly-full': {
    alerts: ['CallbusRedisNearlyFull'],
    async provoke(bus) {
      await withRedis(bus, async (redis) => {
        const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
        await redis.config('SET', 'maxmemory', String(Math.round(used * 1.1)));
      });
    },
    async look(bus, tell) {
      tell('used', await bus.prometheus.query('max by (redis) (callbus_redis_memory_used_bytes)'));
      tell('most', await bus.prometheus.query('max by (redis) (callbus_redis_memory_max_bytes)'));
      tell('publishing', await publishOne(bus));
    },
    repair: (bus) => withRedis(bus, (redis) => redis.config('SET', 'maxmemory', '1gb')),
  },

  'secrets-sealed': {
    alerts: ['CallbusSecretsSealed'],
    async provoke(bus) {
      this.sealed = await bus.subscribe('sealed', { secret: `whsec_${Buffer.alloc(32, 's').toString('base64')}` });
      // Both workers, so that no other worker can deliver.
      await Promise.all(bus.workers.map((worker) => worker.stop()));
      this.wrong = await startService('delivery', {
        ...bus.workerEnv,
        SECRETS_KEY: 'another key than that of the bus',
      });
      bus.prometheus.watch('delivery', [this.wrong.port]);
      this.load = bus.publish('sealed', 10);
    },
    async look(bus, tell) {
      tell('waited', await bus.prometheus.query('sum by (instance) (callbus_sealed_tasks_total)'));
      tell('queues', await queues(bus));
      tell('log of the worker', warnings(this.wrong));
    },
    async repair(bus, tell) {
      await this.wrong.stop();
      await Promise.all(bus.workers.map((worker) => worker.start()));
      bus.prometheus.watch(
        'delivery',
        bus.workers.map(({ port }) => port),
      );
      await this.load.stop();
      const came = () => bus.receiver.count('/sealed', this.load.accepted).came === this.load.accepted.size;
      await until(came, { what: 'the callbacks that waited', timeoutMs: 90_000 });
      tell('delivered', bus.receiver.count('/sealed', this.load.accepted));
    },
  },

  'internal-token-wrong': {
    alerts: ['CallbusInternalTokenWrong'],
    async provoke(bus) {
      const env = { ...bus.workerEnv, INTERNAL_TOKEN: 'another token than that of the bus' };
      this.wrong = await startService('delivery', env, 'port open');
    },
    async look(bus, tell) {
      tell('readyz of the worker', await readiness(this.wrong));
      tell('log of the worker', warnings(this.wrong));
      tell(
        'refused',
        await bus.prometheus.query(
          'sum(callbus_http_request_duration_seconds_count{route=~"/internal/.*",status="401"})',
        ),
      );
      tell('publishing', await publishOne(bus));
    },
    async repair() {
      await this.wrong.stop();
    },
  },

  'redelivery-spike': {
    alerts: ['CallbusRedeliverySpike'],
    async provoke(bus) {
      bus.receiver.answerWith('/lost', () => ({ delayMs: 800 }));
      await bus.subscribe('lost');
      this.load = bus.publish('lost', 40);
      this.isOver = false;
      this.kills = 0;
      this.killing = (async () => {
        while (!this.isOver) {
          await sleep(1_000);
          await bus.workers[1].kill();
          this.kills += 1;
          await bus.workers[1].start();
        }
      })();
    },
    async look(bus, tell) {
      tell(
        'redeliveries per second',
        await bus.prometheus.query('sum by (queue) (rate(callbus_redeliveries_total[10s]))'),
      );
      tell('restarts', await value(bus, 'max(changes(callbus_process_start_time_seconds{job="delivery"}[1m]))'));
      tell('log of the other worker', warnings(bus.workers[0]));
    },
    async repair(bus, tell) {
      this.isOver = true;
      await this.killing;
      await this.load.stop();
      await until(() => bus.receiver.count('/lost', this.load.accepted).came === this.load.accepted.size, {
        what: 'all',
      });
      tell('lost', {
        kills: this.kills,
        accepted: this.load.accepted.size,
        ...bus.receiver.count('/lost', this.load.accepted),
      });
    },
  },

  'clock-wrong': {
    alerts: ['CallbusClockWrong'],
    provoke: (bus) => bus.workers[0].child.kill('SIGWINCH'),
    async look(bus, tell) {
      tell('trusted', await bus.prometheus.query('callbus_clock_trusted'));
      tell('skew', await bus.prometheus.query('callbus_clock_skew_seconds'));
      tell('log of the worker', warnings(bus.workers[0]));
      tell('expired', await bus.prometheus.query('callbus_undelivered_total{reason="expired"} > 0'));
      const { status, stdout, stderr } = spawnSync(process.execPath, [pathTo('services/delivery/dist/main.js')], {
        env: {
          PATH: process.env.PATH,
          ...bus.workerEnv,
          LOG_LEVEL: 'fatal',
          NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent('const real = Date.now; Date.now = () => real() - 345600000;')}`,
        },
        encoding: 'utf8',
      });
      tell('a worker four days behind', { code: status, output: stdout + stderr });
    },
    repair: (bus) => bus.workers[0].child.kill('SIGWINCH'),
  },

  'event-loop-lagging': {
    alerts: ['CallbusEventLoopLagging'],
    async provoke(bus) {
      this.end = throttle(bus.workers[0], { stopMs: 700, runMs: 300 });
    },
    async look(bus, tell) {
      tell('lag', await bus.prometheus.query('callbus_nodejs_eventloop_lag_p99_seconds'));
      tell('cpu', await bus.prometheus.query('rate(callbus_process_cpu_seconds_total[10s])'));
      tell('up', await bus.prometheus.query('up'));
      tell(
        'first attempt p99',
        await value(
          bus,
          'histogram_quantile(0.99, sum by (le) (rate(callbus_acceptance_to_first_attempt_seconds_bucket[10s])))',
        ),
      );
    },
    async repair() {
      await this.end();
    },
  },
};
