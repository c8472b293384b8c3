import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findFreePort } from '../servers/server-process.js';

/**
 * A process with a hundred receivers, one path each, which reports to its parent over the IPC channel. With the
 * argument `bad`, the first thirty misbehave. An answer without end costs its connection, so the good counterparts of
 * these receivers close their connections, too.
 */

/** A message of the program: `listening` once, and `counts` in answer to each message. */
export type Report =
  | {
      readonly kind: 'listening';
      /** URLs by path. The URL of a refusing receiver has a closed port. */
      readonly urls: readonly string[];
    }
  | {
      readonly kind: 'counts';
      /** Distinct events, by path. */
      readonly delivered: readonly number[];
      readonly duplicate: number;
      /** The times from acceptance to first callback, at healthy receivers, since the last message. */
      readonly latenciesMs: readonly number[];
    };

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

const receivers = 100;
const behaved = 30;
const trickleIntervalMs = 1_000;
const chunk = Buffer.alloc(16 * 1024, 'x');
/** The interval of an endless body. At full speed these bodies would load a machine with few cores, and not the bus. */
const chunkIntervalMs = 5;

const hang: Behaviour = () => undefined;
const fail: Behaviour = (_request, response) => void response.writeHead(500).end();
const confirm: Behaviour = (_request, response) => void response.end();
const confirmAndClose: Behaviour = (_request, response) => void response.writeHead(200, { connection: 'close' }).end();
const trickle: Behaviour = (_request, response) => {
  const timer = setInterval(() => response.write('x'), trickleIntervalMs);
  response.once('close', () => clearInterval(timer));
};
const sendWithoutEnd: Behaviour = (_request, response) => {
  const timer = setInterval(() => response.write(chunk), chunkIntervalMs);
  response.on('error', () => response.destroy()).once('close', () => clearInterval(timer));
};

const isBad = process.argv[2] === 'bad';
const misbehaviour: readonly (Behaviour | 'refuse')[] = [
  ...Array<Behaviour>(10).fill(hang),
  ...Array<Behaviour>(5).fill(fail),
  ...Array<'refuse'>(5).fill('refuse'),
  ...Array<Behaviour>(5).fill(trickle),
  ...Array<Behaviour>(5).fill(sendWithoutEnd),
];
const answers = Array.from({ length: receivers }, (_, path) => {
  const bad = misbehaviour[path];
  if (isBad && bad !== undefined) return bad;
  return bad === trickle || bad === sendWithoutEnd ? confirmAndClose : confirm;
});

const events = Array.from({ length: receivers }, () => new Set<string>());
let duplicate = 0;
let latenciesMs: number[] = [];

function note(path: number, { 'ce-id': id, 'ce-time': time }: IncomingMessage['headers']): void {
  const seen = events[path];
  if (seen === undefined) return;
  if (seen.has(String(id))) duplicate += 1;
  else if (path >= behaved) latenciesMs.push(Date.now() - Date.parse(String(time)));
  seen.add(String(id));
}

const server = createServer((request, response) => {
  const path = Number(request.url?.slice(1));
  request.resume().once('end', () => {
    note(path, request.headers);
    const answer = answers[path];
    if (typeof answer === 'function') answer(request, response);
  });
});

const send = (report: Report) => void process.send?.(report);

server.listen(0, '127.0.0.1', () => {
  void findFreePort().then((closedPort) => {
    const { port } = server.address() as AddressInfo;
    const urls = answers.map((answer, path) => `http://127.0.0.1:${answer === 'refuse' ? closedPort : port}/${path}`);
    send({ kind: 'listening', urls });
  });
});
process.on('message', () => {
  send({ kind: 'counts', delivered: events.map(({ size }) => size), duplicate, latenciesMs });
  latenciesMs = [];
});
process.on('disconnect', () => process.exit());
