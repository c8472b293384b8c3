// Publishes events with the client, as a program of its own, so that its memory is that of the client alone.
// One line for each second, with the events so far and the live memory, and one at the end.
import { createClient } from '@callbus/client';

const { BUS_URL = '', RUN, EVENTS, EVENTS_PER_S, EVENT_BYTES, RETRY_FOR_MS } = process.env;
const data = { text: 'x'.repeat(Number(EVENT_BYTES)) };
const retry = RETRY_FOR_MS === undefined ? {} : { forMs: Number(RETRY_FOR_MS) };
const client = createClient({ url: BUS_URL, retry });
const startedAt = performance.now();
let taken = 0;
let ended = 0;
let mostInHand = 0;

async function* events() {
  for (; taken < Number(EVENTS); taken += 1) {
    const dueMs = startedAt + (taken / Number(EVENTS_PER_S)) * 1_000 - performance.now();
    if (dueMs > 1) await new Promise((resolve) => setTimeout(resolve, dueMs));
    mostInHand = Math.max(mostInHand, taken + 1 - ended);
    yield { id: `${RUN}-${taken}`, source: 'drill', type: 'client', data: { ...data, taken } };
  }
}

const reported = [];
const codes = new Map();

function print(more = {}) {
  globalThis.gc?.();
  const heapBytes = process.memoryUsage().heapUsed;
  process.stdout.write(`${JSON.stringify({ ended, failed: reported.length, mostInHand, heapBytes, ...more })}\n`);
}

const timer = setInterval(print, 1_000);
for await (const { event, error } of client.publishMany(events())) {
  ended += 1;
  if (error === undefined) continue;
  reported.push(event.id);
  codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
}
clearInterval(timer);
await client.close();
print({ reported, codes: Object.fromEntries(codes) });
