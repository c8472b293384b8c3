// What a drill needs around an installation: a container that receives callbacks, subscriptions to it, and the counting.
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../libs/testing/dist/servers/server-process.js';
import { startPublishing } from './publisher.mjs';
import { stopSignal } from './run.mjs';
import { until } from './until.mjs';

const receiverProgram = fileURLToPath(new URL('receiver.mjs', import.meta.url));
const settleMs = 3_000;
/** A container that is just starting may take a connection and never answer on it. */
const answerMs = 40_000;

export async function openStage({ engine, installation, nodeImage, opened }) {
  const { project, key } = installation;
  const port = await findFreePort();
  const container = `${project}-receiver`;
  const place = ['--network', `${project}_bus`, '--network-alias', 'receiver', '-p', `127.0.0.1:${port}:8000`];
  const mount = ['-v', `${receiverProgram}:/receiver.mjs:ro`];
  opened.push(() => engine.cleanUp('rm', '-f', container).catch(() => undefined));
  await engine.docker(
    'run',
    '-d',
    '--name',
    container,
    ...place,
    ...mount,
    '--user',
    '1000',
    nodeImage,
    'node',
    '/receiver.mjs',
  );
  const receiver = `http://127.0.0.1:${port}`;
  const url = await installation.gatewayUrl();
  const counts = () => fetch(receiver, { signal: AbortSignal.timeout(answerMs) }).then((answer) => answer.json());
  await until(counts, { what: 'the receiver' });

  async function call(method, path, body) {
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const signal = AbortSignal.timeout(answerMs);
    const answer = await fetch(`${url}/api/v3/event${path}`, { method, headers, body: JSON.stringify(body), signal });
    const json = /** @type {{ result: boolean, data: { subscription_id?: number } }} */ (await answer.json());
    if (!json.result) throw new Error(`${method} ${path}: ${JSON.stringify(json)}`);
    return json.data;
  }

  const paths = [];
  return {
    url,
    call,
    /** @returns the id of a new subscription to every event */
    async subscribe(path, more = {}) {
      const { subscription_id: id } = await call('POST', '/subscribe/0/2', {
        subscription_name: path,
        callback_url: `http://receiver:8000${path}`,
        confirm_mode: 'httpstatus',
        subscription_form: '#',
        payload_format: 'cloudevents-binary',
        ...more,
      });
      paths.push(path);
      return id;
    },
    answer: (path, status) => fetch(`${receiver}/answer?${path}=${status}`, { method: 'POST' }),

    /**
     * Publishes while `disturb` does something to the installation. Then waits until every subscription has received a
     * callback for every accepted event.
     *
     * @returns a row of the table and, when callbacks are missing, what is known about them
     */
    async drill(name, disturb, { timeoutMs = 120_000 } = {}) {
      const publishing = startPublishing({ url, key });
      await sleep(settleMs, undefined, { signal: stopSignal });
      try {
        await disturb();
        await sleep(settleMs, undefined, { signal: stopSignal });
      } finally {
        await publishing.stop();
      }
      const { accepted, ...published } = await publishing.stop();
      const missing = (all, path) => accepted.filter((event) => all[path]?.[event] === undefined);
      const count = (all) => {
        const times = paths.flatMap((path) => accepted.map((event) => all[path]?.[event] ?? 0));
        const delivered = times.filter((one) => one > 0).length;
        return {
          delivered,
          repeated: times.reduce((sum, one) => sum + one, 0) - delivered,
          lost: times.length - delivered,
        };
      };
      /** Describes the missing callbacks: their number per subscription, the messages in the queues, the trace of one event. */
      const explain = async (all) => {
        const [event] = paths.flatMap((path) => missing(all, path));
        return {
          paths: Object.fromEntries(paths.map((path) => [path, missing(all, path).length])),
          queues: await installation.queues(),
          trace: await call('GET', `/trace/0/${event}`),
        };
      };
      const isOver = async () => count(await counts()).lost === 0;
      await until(isOver, { what: 'every callback', timeoutMs }).catch(() => stopSignal.throwIfAborted());
      await sleep(settleMs);
      const all = await counts();
      const row = { name, accepted: accepted.length, ...count(all), ...published };
      return { ...row, missing: row.lost > 0 ? await explain(all) : undefined };
    },
  };
}
