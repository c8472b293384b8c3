// The whole bus on private servers, scraped by Prometheus, for checks that provoke faults or verify their absence.
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './nginx-gateway.mjs';
import { startPrivateServers } from './private-servers.mjs';
import { startPrometheus } from './prometheus.mjs';
import { openReceiver } from './receiver.mjs';
import { pathTo } from './repository.mjs';
import { productionSettings, startService } from './services.mjs';

const json = { 'Content-Type': 'application/json' };

/** @param workers the number of workers at the start */
export async function openWatchedBus({ workers: count = 1, isQuick = false, env: more = {} } = {}) {
  const servers = await startPrivateServers();
  const prometheus = await startPrometheus({ isQuick });
  const receiver = await openReceiver();
  const env = { ...productionSettings, ...servers.urls, ...more };
  const ingest = await startService('ingest', env);
  const subscription = await startService('subscription', env);
  const workerEnv = {
    ...env,
    SUBSCRIPTION_URL: subscription.url,
    NODE_OPTIONS: `--import=${pathTo('ops/checks/settable-clock.mjs')}`,
  };
  const workers = [];
  prometheus.watch('ingest', [ingest.port]);
  prometheus.watch('subscription', [subscription.port]);
  prometheus.watch('rabbitmq', [await servers.exposeRabbitmq()]);

  async function addWorker() {
    const worker = await startService('delivery', workerEnv);
    workers.push(worker);
    prometheus.watch(
      'delivery',
      workers.map(({ port }) => port),
    );
    return worker;
  }
  for (let index = 0; index < count; index += 1) await addWorker();

  /** @type {(path: string, options?: { method?: string, body?: unknown }) => Promise<any>} */
  const api = (path, { method = 'POST', body } = {}) =>
    ask(subscription.port, `/api/v3/event/${path}`, {
      method,
      headers: json,
      body: body === undefined ? '' : JSON.stringify(body),
    });
  let published = 0;

  return {
    servers,
    prometheus,
    receiver,
    ingest,
    subscription,
    workers,
    workerEnv,
    addWorker,
    /** The subscription API: `api('queues', { method: 'GET' })`. */
    api,
    /** @returns the id of a subscription to an event type, whose callback path has the same name */
    async subscribe(type, fields = {}) {
      const { json: answer } = await api('subscribe/0/2', {
        body: {
          subscription_name: type,
          callback_url: `${receiver.url}/${type}`,
          confirm_mode: 'httpstatus',
          subscription_form: type,
          payload_format: 'cloudevents-binary',
          ...fields,
        },
      });
      if (!answer.result) throw new Error(`not subscribed: ${JSON.stringify(answer)}`);
      return answer.data.subscription_id;
    },
    /**
     * Publishes lists of ten events of a type at a rate, until `stop`.
     *
     * @returns the ids of the accepted events, the counts of answers, and `stop`
     */
    publish(type, eventsPerSecond) {
      const accepted = new Set();
      const answers = {};
      let isOver = false;
      async function post() {
        const ids = Array.from({ length: 10 }, () => `${type}-${(published += 1)}`);
        const eventList = ids.map((id) => ({ id, source: 'check', type, data: { id } }));
        const body = JSON.stringify({ eventBusId: 'checks', eventList });
        const { status } = await ask(ingest.port, '/v1/event-bus/event/recv', { headers: json, body }).catch(
          (error) => ({ status: error.code }),
        );
        answers[status] = (answers[status] ?? 0) + 1;
        if (status === 200) for (const id of ids) accepted.add(id);
      }
      async function run() {
        const start = performance.now();
        const under = new Set();
        for (let lists = 0; !isOver; lists += 1) {
          await sleep(Math.max(0, start + (lists * 10_000) / eventsPerSecond - performance.now()));
          const posting = post().finally(() => under.delete(posting));
          under.add(posting);
          // While the broker is away, requests must not accumulate here.
          if (under.size >= 50) await Promise.race(under);
        }
        await Promise.all(under);
      }
      const done = run();
      return {
        accepted,
        answers,
        stop() {
          isOver = true;
          return done;
        },
      };
    },
    /** @returns the exit codes of the services */
    async close() {
      const codes = await Promise.all([ingest, ...workers, subscription].map((service) => service.stop()));
      receiver.close();
      await prometheus.stop();
      await servers.remove();
      return codes;
    },
  };
}

/** @throws when the condition does not hold within the time */
export async function until(isTrue, { what, timeoutMs = 30_000 }) {
  const end = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs / 1_000} s in vain for ${what}`);
    await sleep(200);
  }
}
