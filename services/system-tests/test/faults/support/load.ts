import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLongestPause } from './longest-pause.js';

export interface LoadOptions {
  readonly ingestUrl: string;
  /** The prefix of each event's id. */
  readonly name: string;
  /** Default: no end, until `stop`. */
  readonly events?: number;
  readonly eventsPerS: number;
  /** Events per request. */
  readonly listLength: number;
  /** Concurrent requests. */
  readonly publishers?: number;
  /** The number of events that may be published by now. Default: no limit. */
  readonly limit?: () => number;
}

/** A request without success. */
export interface Failure {
  /** The HTTP status, or `cut` when no answer came. */
  readonly answer: number | 'cut';
  readonly durationMs: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly retryAfter: string | undefined;
}

export type Load = ReturnType<typeof startLoad>;

const retryPauseMs = 100;
const limitPauseMs = 20;
const requestTimeoutMs = 20_000;

/**
 * Publishes lists of events at a bounded rate, over keep-alive connections. Like a real publisher, it sends a list again,
 * with the same ids, until the answer is success.
 */
export function startLoad(options: LoadOptions) {
  const { name, events = Infinity, eventsPerS, listLength, publishers = 4, limit = () => Infinity } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: publishers });
  const accepted = new Set<string>();
  const failures: Failure[] = [];
  const pause = createLongestPause();
  const startedAt = performance.now();
  let next = 0;
  let isStopped = false;
  let isAborted = false;
  let isDone = false;

  async function publishLists(): Promise<void> {
    while (!isStopped && next < events) {
      const first = next;
      next += listLength;
      await sleep(Math.max(0, startedAt + (first / eventsPerS) * 1_000 - performance.now()));
      while (first >= limit() && !isAborted) await sleep(limitPauseMs);
      const ids = Array.from(
        { length: Math.min(listLength, events - first) },
        (_, index) => `${name}-${first + index}`,
      );
      await publishUntilAccepted(ids);
    }
  }

  async function publishUntilAccepted(ids: readonly string[]): Promise<void> {
    const eventList = ids.map((id) => ({ id, source: 'drill', type: name, data: { id } }));
    const body = Buffer.from(JSON.stringify({ eventBusId: 'drills', eventList }));
    while (!isAborted) {
      const failure = await post(agent, `${options.ingestUrl}/v1/event-bus/event/recv`, body);
      if (failure === undefined) {
        for (const id of ids) accepted.add(id);
        pause.note();
        return;
      }
      failures.push(failure);
      await sleep(retryPauseMs);
    }
  }

  const done = Promise.all(Array.from({ length: publishers }, publishLists)).then(() => {
    isDone = true;
    agent.destroy();
  });

  return {
    /** The pause between two successes. */
    pause,
    /** The ids of the events whose answer was success. */
    accepted: accepted as ReadonlySet<string>,
    failures: failures as readonly Failure[],
    /** The counts of all other answers, such as `503: 12, cut: 4`. */
    failed: () => {
      const answers = new Map<string, number>();
      for (const { answer } of failures) answers.set(String(answer), (answers.get(String(answer)) ?? 0) + 1);
      return [...answers].map(([answer, times]) => `${answer}: ${times}`).join(', ') || 'none';
    },
    isDone: () => isDone,
    /** Resolves when every event is accepted. */
    done,
    /** Starts no new request. Resolves when every event that was sent is accepted. */
    stop: () => {
      isStopped = true;
      return done;
    },
    /** Gives up the events that are not accepted yet. */
    abort: () => {
      isStopped = true;
      isAborted = true;
      return done;
    },
  };
}

/** @returns undefined after success */
function post(agent: Agent, url: string, body: Buffer): Promise<Failure | undefined> {
  const start = performance.now();
  return new Promise((resolve) => {
    const fail = (answer: Failure['answer'], retryAfter?: string) =>
      resolve({ answer, retryAfter, durationMs: performance.now() - start, at: Date.now() });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(url, { method: 'POST', agent, headers, timeout: requestTimeoutMs }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) resolve(undefined);
        else fail(response.statusCode ?? 0, response.headers['retry-after']);
      });
      response.once('error', () => fail('cut'));
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => fail('cut'));
    sent.end(body);
  });
}
