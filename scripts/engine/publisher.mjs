// Publishes through the gateway at a steady rate, as a careful publisher would: it sends an event that was not accepted again,
// with the same id.
import { setTimeout as sleep } from 'node:timers/promises';
import { stopSignal } from './run.mjs';

const requestTimeoutMs = 15_000;
const repeatMs = 250;
/** When an event is not accepted within this time, the drill fails. */
const patienceMs = 120_000;
const failuresKept = 5;
let runs = 0;

/** @param {{ url: string, key: string, perSecond?: number }} options */
export function startPublishing({ url, key, perSecond = 30 }) {
  const run = `${Date.now()}.${(runs += 1)}`;
  const accepted = [];
  const refused = {};
  /** The answers to the first publishes that failed. */
  const failures = [];
  let last = performance.now();
  let longestMs = 0;
  let isOver = false;

  async function attempt(id) {
    const headers = {
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': 'check.engine',
      'ce-type': 'drill.event',
    };
    const signal = AbortSignal.any([stopSignal, AbortSignal.timeout(requestTimeoutMs)]);
    try {
      const answer = await fetch(`${url}/cloudevents`, { method: 'POST', headers, body: '{"drill":true}', signal });
      return { status: answer.status, text: (await answer.text()).trim() };
    } catch (error) {
      return { status: error.cause?.code ?? error.name, text: error.message };
    }
  }

  async function publish(id) {
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      const { status, text } = await attempt(id);
      if (status === 202) break;
      stopSignal.throwIfAborted();
      if (failures.length < failuresKept) failures.push(`${new Date().toISOString()} ${id}: ${status} ${text}`);
      refused[status] = (refused[status] ?? 0) + 1;
      if (performance.now() > giveUpAt) throw new Error(`${id} is not accepted: ${status}`);
      await sleep(repeatMs);
    }
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    accepted.push(id);
  }

  async function begin() {
    const publishes = [];
    const startedAt = performance.now();
    while (!isOver) {
      publishes.push(publish(`${run}.${publishes.length}`));
      // A failure is thrown at the end.
      publishes.at(-1).catch(() => undefined);
      await sleep(Math.max(0, startedAt + (publishes.length * 1_000) / perSecond - performance.now()));
    }
    await Promise.all(publishes).catch((error) => {
      throw new Error(`${error.message}; failed before: ${JSON.stringify(refused)}`);
    });
  }
  const publishing = begin();

  return {
    accepted: () => accepted.length,
    /** Begins no more publishes. Resolves when all events are accepted. */
    async stop() {
      isOver = true;
      await publishing;
      return { accepted, refused, failures, longestMs };
    },
  };
}
