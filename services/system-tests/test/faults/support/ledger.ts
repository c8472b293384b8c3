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
 * A receiver that writes down which event came how often on which path, one path a subscription, and costs the machine as
 * little as it can: the event's id comes in a header, so subscribe with `payload_format: 'cloudevents-binary'`.
 */
export async function openLedger() {
  const answers = new Map<string, { status: number; body?: string }>();
  const latenciesMs = new Map<string, number[]>();
  /** Path to event id to callbacks. */
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
    /** Between two first callbacks. */
    pause,
    /** Callbacks so far, duplicates too. */
    total: () => total,
    /** Callbacks on one path, duplicates too. */
    calls: (path: string) => [...(calls.get(path)?.values() ?? [])].reduce((sum, count) => sum + count, 0),
    times,
    has: (paths: readonly string[], accepted: ReadonlySet<string>) =>
      // Asked often, so it looks closer only when the sum is right.
      distinct >= paths.length * accepted.size &&
      [...accepted].every((id) => paths.every((path) => times(path, id) > 0)),

    /** Settles the accounts of accepted events with the subscriptions that all of them were due to. */
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
    /** Milliseconds from acceptance to the first callback: the share of `quantile` was no slower. Each is told once. */
    latencyMs: (paths: readonly string[], quantile: number) => {
      const all = paths.flatMap((path) => latenciesMs.get(path)?.splice(0) ?? []);
      return all.sort((one, other) => one - other)[Math.ceil(quantile * all.length) - 1] ?? 0;
    },
    /** Every callback on the path is answered so, 200 unless told. */
    answerWith: (path: string, answer: { status: number; body?: string }) => void answers.set(path, answer),
    /** From here on it takes callbacks and does not answer them. */
    hold() {
      isHolding = true;
    },
    /** Callbacks that wait for their answer. */
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
