import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLongestPause } from './longest-pause.js';

export interface Count {
  readonly accepted: number;
  /** Accepted events times subscriptions. */
  readonly due: number;
  readonly delivered: number;
  /** Callbacks beyond the first of each event and subscription. */
  readonly duplicate: number;
  readonly lost: number;
}

/**
 * A receiver that counts the callbacks of each event on each path; every subscription has a path of its own. It reads the
 * event's id from a header, which takes little CPU, so subscribe with `payload_format: 'cloudevents-binary'`.
 */
export async function openLedger() {
  const answers = new Map<string, { status: number; body?: string }>();
  const latenciesMs = new Map<string, number[]>();
  /** Callbacks by path and event id. */
  const calls = new Map<string, Map<string, number>>();
  const held: (() => void)[] = [];
  const pause = createLongestPause();
  let isHolding = false;
  let total = 0;
  let distinct = 0;

  function note(path: string, { 'ce-id': eventId, 'ce-time': time }: IncomingHttpHeaders): void {
    const id = String(eventId);
    let events = calls.get(path);
    if (events === undefined) {
      calls.set(path, (events = new Map<string, number>()));
      latenciesMs.set(path, []);
    }
    const count = (events.get(id) ?? 0) + 1;
    events.set(id, count);
    total += 1;
    if (count > 1) return;
    distinct += 1;
    pause.note();
    latenciesMs.get(path)?.push(Date.now() - Date.parse(String(time)));
  }

  function answer(path: string, response: ServerResponse): void {
    const { status, body } = answers.get(path) ?? { status: 200 };
    const send = () => void response.writeHead(status).end(body);
    if (isHolding) held.push(send);
    else send();
  }

  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      note(request.url ?? '', request.headers);
      answer(request.url ?? '', response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const times = (path: string, id: string) => calls.get(path)?.get(id) ?? 0;

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The pause between two first callbacks. */
    pause,
    /** Callbacks so far, duplicates included. */
    total: () => total,
    /** Callbacks on one path, duplicates included. */
    calls: (path: string) => [...(calls.get(path)?.values() ?? [])].reduce((sum, count) => sum + count, 0),
    times,
    has: (paths: readonly string[], accepted: ReadonlySet<string>) =>
      // The call is frequent, so events are compared only when the number is right.
      distinct >= paths.length * accepted.size &&
      [...accepted].every((id) => paths.every((path) => times(path, id) > 0)),

    /** @param paths those of the subscriptions that match all accepted events */
    count(paths: readonly string[], accepted: ReadonlySet<string>): Count {
      let delivered = 0;
      let duplicate = 0;
      for (const path of paths) {
        for (const id of accepted) {
          const count = times(path, id);
          if (count > 0) delivered += 1;
          if (count > 1) duplicate += count - 1;
        }
      }
      const due = paths.length * accepted.size;
      return { accepted: accepted.size, due, delivered, duplicate, lost: due - delivered };
    },

    /** The events of a path in the order of their first callbacks. */
    order: (path: string) => [...(calls.get(path)?.keys() ?? [])],
    /** A quantile of the time from acceptance to first callback, of the events since the last call. */
    latencyMs: (paths: readonly string[], quantile: number) => {
      const all = paths.flatMap((path) => latenciesMs.get(path)?.splice(0) ?? []);
      return all.sort((one, other) => one - other)[Math.ceil(quantile * all.length) - 1] ?? 0;
    },
    /** Sets the answer to every callback on a path. Default: 200. */
    answerWith: (path: string, answer: { status: number; body?: string }) => void answers.set(path, answer),
    /** From now on callbacks get no answer until `release`. */
    hold() {
      isHolding = true;
    },
    /** Callbacks that wait for an answer. */
    held: () => held.length,
    release() {
      isHolding = false;
      for (const send of held.splice(0)) send();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
