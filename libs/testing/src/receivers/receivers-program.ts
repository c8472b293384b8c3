import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findFreePort } from '../servers/server-process.js';

/**
 * A hundred receivers in a process of their own, one path each, told and asked over its channel. Run with the argument
 * `bad`, the first thirty misbehave.
 */

/** What the program says once it listens, and afterwards to each question. */
export type Said =
  | {
      readonly kind: 'listening';
      /** By path: of the refused, that of a port on which nobody listens. */
      readonly urls: readonly string[];
    }
  | {
      readonly kind: 'counts';
      /** Different events, by path. */
      readonly delivered: readonly number[];
      readonly duplicate: number;
      /** From acceptance to the first callback of those that behave, since the last question. */
      readonly latenciesMs: readonly number[];
    };

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const receivers = 100;
const behaved = 30;
const trickleIntervalMs = 1_000;
const chunk = Buffer.alloc(16 * 1024, 'x');
/** Without end, but not as fast as can be: on a machine with few cores that would be the load, and not the bus. */
const chunkIntervalMs = 5;

const hang: Answer = () => undefined;
const fail: Answer = (_request, response) => void response.writeHead(500).end();
const confirm: Answer = (_request, response) => void response.end();
const trickle: Answer = (_request, response) => {
  const timer = setInterval(() => response.write('x'), trickleIntervalMs);
  response.once('close', () => clearInterval(timer));
};
const goOn: Answer = (_request, response) => {
  const timer = setInterval(() => response.write(chunk), chunkIntervalMs);
  response.on('error', () => response.destroy()).once('close', () => clearInterval(timer));
};

const isBad = process.argv[2] === 'bad';
const misbehaviour: readonly (Answer | 'refuse')[] = [
  ...Array<Answer>(10).fill(hang),
  ...Array<Answer>(5).fill(fail),
  ...Array<'refuse'>(5).fill('refuse'),
  ...Array<Answer>(5).fill(trickle),
  ...Array<Answer>(5).fill(goOn),
];
const answers = Array.from({ length: receivers }, (_, path) => (isBad ? misbehaviour[path] : undefined) ?? confirm);

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

const say = (said: Said) => void process.send?.(said);

server.listen(0, '127.0.0.1', () => {
  void findFreePort().then((closedPort) => {
    const { port } = server.address() as AddressInfo;
    const urls = answers.map((answer, path) => `http://127.0.0.1:${answer === 'refuse' ? closedPort : port}/${path}`);
    say({ kind: 'listening', urls });
  });
});
process.on('message', () => {
  say({ kind: 'counts', delivered: events.map(({ size }) => size), duplicate, latenciesMs });
  latenciesMs = [];
});
process.on('disconnect', () => process.exit());
