import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLongestPause } from './longest-pause.js';

export interface LoadOptions {
  readonly ingestUrl: string;
  /** Before the number of each event's id. */
  readonly name: string;
  /** How many events to publish; without it, until stopped. */
  readonly events?: number;
  readonly eventsPerS: number;
  /** Events a request. */
  readonly listLength: number;
  /** Requests under way at once. */
  readonly publishers?: number;
  /** How many events may be published by now; no limit unless told. */
  readonly limit?: () => number;
}

/** What became of a request that was not answered with success. */
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
 * Publishes lists of events at a bounded rate, over connections that are kept. As a publisher would in earnest, it sends a
 * list again, with the same ids, until that is answered with success.
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
    /** Between two successes. */
    pause,
    /** The events that were answered with success. */
    accepted: accepted as ReadonlySet<string>,
    failures: failures as readonly Failure[],
    /** How often each answer but success was given, such as `503: 12, cut: 4`. */
    failed: () => {
      const answers = new Map<string, number>();
      for (const { answer } of failures) answers.set(String(answer), (answers.get(String(answer)) ?? 0) + 1);
      return [...answers].map(([answer, times]) => `${answer}: ${times}`).join(', ') || 'none';
    },
    isDone: () => isDone,
    /** Resolves when every event is accepted. */
    done,
    /** Begins nothing new, and resolves when what was begun is accepted. */
    stop: () => {
      isStopped = true;
      return done;
    },
    /** Gives up what is not accepted yet. */
    abort: () => {
      isStopped = true;
      isAborted = true;
      return done;
    },
  };
}

/** @returns undefined when it was answered with success */
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
