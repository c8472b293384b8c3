import { createServer, type AddressInfo, type Socket } from 'node:net';
import { nowUs } from '../clock.js';
import { readMark, type Mark } from '../load/event-bytes.js';
import { quantile } from '../quantiles.js';
import { serveCommands } from '../processes/serve-commands.js';
import { createTally, type Count } from '../tally.js';
import { takePauses, watchPauses } from './pauses.js';

/**
 * Answers callbacks on a raw socket instead of node:http, so that it takes little CPU from the measured processes. The
 * first part of the path selects the answer: `/at-once/…` at once, `/slow/…` after 100 ms, `/aside/…` at once but
 * uncounted, `/hang/…` never.
 */
const slowMs = 100;

export interface Received extends Count {
  /** The time from the mark in the event to the arrival of its callback, in milliseconds. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number };
  /** Microseconds of the machine's clock. */
  readonly firstUs: number;
  readonly lastUs: number;
}

/** A callback that came for the first time, with times in microseconds of the machine's clock. */
export interface Arrival {
  readonly sequence: number;
  readonly dueUs: number;
  readonly arrivedUs: number;
  /** The event's id of the bus. Undefined for the floor, which gives none. */
  readonly eventId: string | undefined;
}

const commands = { listen, reset, received, until, keepArrivals, arrivals, watchPauses, takePauses };
export type ReceiverCommands = typeof commands;
serveCommands(commands);

const okAnswer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
let tally = createTally();
let ages: number[] = [];
let kept: { readonly mark: Mark; readonly arrivedUs: number; readonly request: Buffer }[] | undefined;
let firstUs = 0;
let lastUs = 0;
let target = { distinct: Infinity, reached: (): void => undefined };

/** @param port by default any free one. @returns the URL, without a path */
function listen(port = 0): Promise<string> {
  const server = createServer({ noDelay: true }, serve);
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', 4_096, () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

/** Restarts the count at this sequence. */
function reset({ first }: { first: number }): void {
  tally = createTally(first);
  ages = [];
  firstUs = 0;
  lastUs = 0;
}

/** Keeps the callbacks that come from now on. */
function keepArrivals(): void {
  kept = [];
}

/** @returns the callbacks that were kept, and keeps no more */
function arrivals(): Arrival[] {
  const all = kept ?? [];
  kept = undefined;
  return all.map(({ mark, arrivedUs, request }) => ({
    sequence: mark.sequence,
    dueUs: mark.timeUs,
    arrivedUs,
    eventId: /"request_id":"([^"]+)"/.exec(request.toString('latin1'))?.[1],
  }));
}

function received(): Received {
  return {
    ...tally.count(),
    firstUs,
    lastUs,
    latencyMs: { p50: quantile(ages, 0.5), p99: quantile(ages, 0.99), p999: quantile(ages, 0.999) },
  };
}

/** Waits for this number of different callbacks, or for a pause. @returns the time of the last callback */
function until({ distinct, idleMs }: { distinct: number; idleMs: number }): Promise<number> {
  const startUs = nowUs();
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(watch);
      target = { distinct: Infinity, reached: () => undefined };
      resolve(lastUs);
    };
    const watch = setInterval(() => {
      if (nowUs() - Math.max(lastUs, startUs) > idleMs * 1_000) end();
    }, 100);
    target = { distinct, reached: end };
    if (tally.count().distinct >= distinct) end();
  });
}

function serve(socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let end = endOfRequest(pending); end !== undefined; end = endOfRequest(pending)) {
      answer(socket, pending.subarray(0, end));
      pending = pending.subarray(end);
    }
  });
}

function endOfRequest(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, headEnd))?.[1] ?? '0';
  const end = headEnd + 4 + Number(length);
  return bytes.length >= end ? end : undefined;
}

function answer(socket: Socket, request: Buffer): void {
  const path = request.toString('latin1', 5, request.indexOf(' ', 5));
  if (path.startsWith('/hang')) return;
  if (path.startsWith('/slow')) setTimeout(() => socket.write(okAnswer), slowMs);
  else socket.write(okAnswer);
  if (!path.startsWith('/aside')) note(path, request);
}

function note(path: string, request: Buffer): void {
  const mark = readMark(request);
  if (mark === undefined) return;
  lastUs = nowUs();
  if (firstUs === 0) firstUs = lastUs;
  if (tally.add(path, mark.sequence)) {
    ages.push((lastUs - mark.timeUs) / 1_000);
    kept?.push({ mark, arrivedUs: lastUs, request: Buffer.from(request) });
  }
  if (tally.count().distinct >= target.distinct) target.reached();
}
