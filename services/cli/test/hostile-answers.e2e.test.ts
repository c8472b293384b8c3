import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { openReceiver } from '@callbus/testing/receivers/callback-receiver';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { callbus, startBus } from './support/callbus.js';

jest.setTimeout(180_000);

const MiB = 1024 * 1024;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(server: Server | TcpServer): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const page = '<!doctype html>\n<html><body><h1>Welcome</h1>\n<p>Log in</p></body></html>';

const answers: Readonly<Record<string, { answer: RequestListener; code: number; says: RegExp }>> = {
  'a page': {
    answer: (_request, response) => void response.setHeader('content-type', 'text/html').end(page),
    code: 4,
    says: /^callbus: http:\S+ is no Callbus bus: correct --url or CALLBUS_URL$/,
  },
  'a page with an error': {
    answer: (_request, response) => void response.writeHead(502).end(page),
    code: 4,
    says: /^callbus: a page instead of an answer of the bus \(502\)$/,
  },
  'other JSON': {
    answer: (_request, response) => void response.setHeader('content-type', 'application/json').end('{"data":7}'),
    code: 4,
    says: /is no Callbus bus/,
  },
  'a redirection to a page': {
    answer: ({ url }, response) => {
      if (url === '/login') response.end(page);
      else response.writeHead(303, { location: '/login' }).end();
    },
    code: 4,
    says: /is no Callbus bus/,
  },
  'a 404 of another program': {
    answer: (_request, response) => void response.writeHead(404).end('no such page'),
    code: 4,
    says: /^callbus: no such page \(404\), and not from the bus: correct --url or CALLBUS_URL, /,
  },
  '10 MiB of an error': {
    answer: (_request, response) =>
      void response.writeHead(400, { 'x-request-id': 'a' }).end('no\n'.repeat((10 * MiB) / 3)),
    code: 3,
    says: /^callbus: (no ){40,}.{0,3}… \(400\) \[request a\]$/,
  },
  'half an answer': {
    answer: (_request, response) => {
      response.writeHead(200, { 'content-length': 1_000, 'x-request-id': 'a' });
      response.write('{');
      setTimeout(() => response.destroy(), 50);
    },
    code: 4,
    says: /^callbus: http:\S+ does not answer \(no answer: /,
  },
};

const commands = [
  ['queues'],
  ['subs', 'list'],
  ['trace', 'x'],
  ['keys', 'list'],
  ['publish', '--type', 'x', '--retry-for', '0'],
  ['listen'],
];

describe.each(Object.entries(answers))('%s', (_what, { answer, code, says }) => {
  test.each(commands)('%s is one line', async (...args) => {
    const url = await open(createServer(answer));
    const { out, err, code: found } = await callbus(args, { CALLBUS_URL: url });
    expect([found, out]).toEqual([code, '']);
    expect(err.trimEnd()).toMatch(says);
    expect(err.trimEnd()).not.toContain('\n');
  });
});

test('what is not HTTP is one line', async () => {
  const url = await open(
    createTcpServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.2\r\n')),
  );
  const { code, err } = await callbus(['queues'], { CALLBUS_URL: url });
  expect([code, err]).toEqual([4, expect.stringMatching(/^callbus: http:\S+ does not answer \(.*\): start it.*\n$/)]);
});

test.each(['a page', 'other JSON', 'a redirection to a page'])('doctor finds that %s is no bus', async (what) => {
  const { answer } = answers[what] ?? {};
  const url = await open(createServer(answer));
  const { code, out } = await callbus(['doctor'], { CALLBUS_URL: url });
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/^fault {2}gateway {2}another program answers at .*\n.*→ correct --url or CALLBUS_URL;.*\n$/),
  ]);
});

test('doctor shortens a page', async () => {
  const url = await open(createServer((_request, response) => void response.writeHead(404).end(page.repeat(1_000))));
  const { code, out } = await callbus(['doctor'], { CALLBUS_URL: url });
  expect(code).toBe(1);
  expect(out.split('\n')[0]?.length).toBeLessThan(200);
});

test('control characters of a receiver do not reach the terminal', async () => {
  const bus = await startBus();
  const receiver = await openReceiver({ answer: () => ({ body: '\u001b]0;mine\u0007\u001b[2Jfine\u009b31m\r' }) });
  closing.push(
    () => bus.close(),
    () => receiver.close(),
  );
  const { code, out } = await callbus(['subs', 'ping', receiver.url], { CALLBUS_URL: bus.url });
  expect([code, out]).toEqual([0, '200  \ufffd]0;mine\ufffd\ufffd[2Jfine\ufffd31m\n']);
});
