import { setTimeout as sleep } from 'node:timers/promises';
import { nowUs } from '../clock.js';
import { createStamp, etcBody, listBody, mixedEtc, type Names } from '../load/event-bytes.js';
import { openConnection, requestHead, type Connection } from '../load/http-requests.js';
import { serveCommands } from '../processes/serve-commands.js';
import { takePauses, watchPauses } from './pauses.js';

/** Where events go, and the form in which they are sent. */
export interface LoadTarget {
  readonly url: string;
  readonly names: Names;
  /** A request with one event, for a system that takes another form than Callbus or needs other headers. */
  readonly template?: RequestTemplate;
}

/** The text of a request. The marks in it (event-bytes.ts) become those of each event. */
interface RequestTemplate {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadOptions extends LoadTarget {
  /** Events per request: one is sent as an ETC event, several as a list of the event bus. */
  readonly listLength: number;
  /** The sequence of the first event. */
  readonly sequence: number;
  readonly connections: number;
  /** The number of events, or the time, after which publishing ends. */
  readonly until: { readonly events: number } | { readonly seconds: number };
  /**
   * Requests per second, sent at fixed times whether or not earlier ones were answered. By default each answer triggers
   * the next request.
   */
  readonly ratePerS?: number;
}

export interface LoadResult {
  /** Events whose request was answered with success. */
  readonly accepted: number;
  /** Events whose request got another answer, or none. */
  readonly failed: number;
  readonly seconds: number;
}

/** When the request of an event was sent and answered, in microseconds of the machine's clock. */
export interface Sending {
  readonly sentUs: number;
  readonly answeredUs: number;
}

const commands = { publish, sendings, watchPauses, takePauses };
export type LoadCommands = typeof commands;
serveCommands(commands);

/** Of the last publish at a rate, by sequence from its first. */
let sent: Sending[] = [];

function sendings(): Sending[] {
  return sent;
}

async function publish(options: LoadOptions): Promise<LoadResult> {
  const { listLength } = options;
  const startUs = nowUs();
  const maxEvents = 'events' in options.until ? options.until.events : Infinity;
  const endUs = 'seconds' in options.until ? startUs + options.until.seconds * 1e6 : Infinity;
  const send = createSend(options);
  const connections = await Promise.all(Array.from({ length: options.connections }, () => send.connect()));
  const counts = { sent: 0, accepted: 0, failed: 0 };
  const isOpen = options.ratePerS !== undefined;
  sent = [];

  async function request(connection: Connection, timeUs: number): Promise<void> {
    const sequence = options.sequence + counts.sent;
    counts.sent += listLength;
    const sentUs = nowUs();
    const status = await connection.send(send.bytes(sequence, timeUs));
    if (isOpen) sent[sequence - options.sequence] = { sentUs, answeredUs: nowUs() };
    counts[isSuccess(status) ? 'accepted' : 'failed'] += listLength;
  }
  const isOver = () => counts.sent >= maxEvents || nowUs() >= endUs;

  if (options.ratePerS === undefined) await publishClosed(connections, request, isOver);
  else await publishOpen(connections, request, isOver, options.ratePerS);
  for (const connection of connections) connection.close();
  return { accepted: counts.accepted, failed: counts.failed, seconds: (nowUs() - startUs) / 1e6 };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function bodyOf(listLength: number): string {
  return listLength === 1 ? etcBody : listBody(listLength);
}

function createSend({ url, listLength, names, template }: LoadOptions) {
  const target = new URL(url);
  const { headers, body } = template ?? (names.mixed ? mixedEtc : { headers: {}, body: bodyOf(listLength) });
  const stamp = createStamp(requestHead(target, Buffer.byteLength(body), headers) + body);
  return {
    connect: () => openConnection({ host: target.hostname, port: Number(target.port) }),
    bytes: (sequence: number, timeUs: number) => stamp(sequence, timeUs, names),
  };
}

type Request = (connection: Connection, timeUs: number) => Promise<void>;

/** Closed loop: every connection sends its next request when it has its answer. */
async function publishClosed(connections: readonly Connection[], request: Request, isOver: () => boolean) {
  await Promise.all(
    connections.map(async (connection) => {
      while (!isOver()) await request(connection, nowUs());
    }),
  );
}

/**
 * Open loop: each request is due at a fixed time, and carries that time. A request that finds no free connection waits,
 * and the wait counts, so that slow answers do not reduce the load (no coordinated omission).
 */
async function publishOpen(
  connections: readonly Connection[],
  request: Request,
  isOver: () => boolean,
  ratePerS: number,
): Promise<void> {
  const free = [...connections];
  const due: number[] = [];
  const underWay = new Set<Promise<void>>();
  const intervalUs = 1e6 / ratePerS;
  let nextUs = nowUs();

  function pump(): void {
    while (due.length > 0 && !isOver()) {
      // Connections are used in turn, so that none is idle until the server closes it.
      const connection = free.shift();
      if (connection === undefined) return;
      const requested = request(connection, due.shift() ?? 0).then(() => {
        underWay.delete(requested);
        free.push(connection);
        pump();
      });
      underWay.add(requested);
    }
  }

  while (!isOver()) {
    for (; nextUs <= nowUs(); nextUs += intervalUs) due.push(nextUs);
    pump();
    await sleep(1);
  }
  due.length = 0;
  await Promise.all(underWay);
}
