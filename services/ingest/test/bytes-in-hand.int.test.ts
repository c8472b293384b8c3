import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createMemoryBroker } from '@callbus/broker/memory';
import { createBytesInHand, type BytesInHand } from '@callbus/runtime/http/bytes-in-hand';
import { createBodies } from '@callbus/runtime/http/request-body';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { etcSample, json, openDoors, silent, type Doors } from './doors.js';

const MiB = 1024 * 1024;
const limit = 16 * MiB;
const bodyBytes = 5 * MiB;

let inHand: BytesInHand;
let doors: Doors;
let senders: ReturnType<typeof openSender>[];
beforeEach(async () => {
  inHand = createBytesInHand({ limit });
  doors = await openDoors({ openBody: createBodies(inHand) });
  senders = [];
});
afterEach(async () => {
  for (const { socket } of senders) socket.destroy();
  await waitFor(() => inHand.bytes() === 0, { what: 'the release of all bytes' });
  await doors.close();
});

/** A client that writes given bytes, and reads answers when the test says so. */
function openSender(...texts: (string | Buffer)[]) {
  const { hostname, port } = new URL(doors.url);
  const socket: Socket = connect(Number(port), hostname);
  const sender = { socket, answer: '', isClosed: false };
  socket.on('data', (chunk: Buffer) => (sender.answer += chunk.toString())).on('error', () => undefined);
  socket.on('close', () => (sender.isClosed = true));
  for (const text of texts) socket.write(text);
  return sender;
}

const head = (path: string, more = `Content-Length: ${bodyBytes}`) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n\r\n`;
const allButOne = Buffer.alloc(bodyBytes - 1, ' ');

/** Opens senders whose bodies lack their last byte. */
async function openUnfinished(count: number, path = '/api/publish') {
  const opened = Array.from({ length: count }, () => openSender(head(path), allButOne));
  senders.push(...opened);
  await waitFor(() => inHand.bytes() > limit / 2 || inHand.cuts() > 0, { what: 'the bodies' });
  return opened;
}

const publishSmall = () => doors.http.post('/api/publish', JSON.stringify(etcSample), { headers: json });

test('at the limit unfinished bodies are cut, and a publisher of small bodies is served meanwhile', async () => {
  const opened = await openUnfinished(40);
  let served = 0;
  const isOver = () => opened.filter(({ isClosed }) => isClosed).length >= 37;
  await waitFor(
    async () => {
      expect(inHand.bytes()).toBeLessThanOrEqual(limit);
      const { status } = await publishSmall();
      if (status === 200) served += 1;
      expect(status).toBe(200);
      return isOver();
    },
    { what: 'the unfinished bodies to be cut', timeoutMs: 15_000 },
  );
  expect(served).toBeGreaterThan(1);
  expect(inHand.cuts()).toBeGreaterThanOrEqual(37);
});

test.each([
  ['/api/publish', { request_id: expect.any(String), code: '500', msg: expect.any(String) }],
  [
    '/v1/event-bus/event/recv',
    { requestId: expect.any(String), code: 'SERVICE_UNAVAILABLE', message: expect.any(String) },
  ],
  ['/cloudevents', { requestId: expect.any(String), code: 'SERVICE_UNAVAILABLE', message: expect.any(String) }],
])(
  'a request that is cut at %s is answered 503 in the format of the API, and its connection is closed',
  async (path, error) => {
    const opened = await openUnfinished(8, path);
    await waitFor(() => opened.some(({ isClosed }) => isClosed), { what: 'a request to be cut' });
    const { answer } = opened.find(({ isClosed }) => isClosed)!;
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/\r\nRetry-After: \d+\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual(error);
  },
);

test('a large fast body is accepted while slow bodies are in hand', async () => {
  const slow = await openUnfinished(2);
  await waitFor(() => inHand.bytes() >= 2 * (bodyBytes - 1), { what: 'two slow bodies' });
  const event = JSON.stringify({ specversion: '1.0', id: 'i', source: 's', type: 't', data: 'x'.repeat(200_000) });
  const body = `[${Array(25).fill(event).join()}]`;
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  expect((await doors.http.post('/cloudevents', body, { headers })).status).toBe(202);
  await waitFor(() => slow.some(({ isClosed }) => isClosed), { what: 'a slow request to be cut' });
});

test('unconfirmed bodies count: a large body is refused, a small body is not', async () => {
  await doors.close();
  const memory = createMemoryBroker({ logger: silent });
  const confirms: (() => void)[] = [];
  const unconfirmed = () => new Promise<void>((resolve) => confirms.push(resolve));
  doors = await openDoors({
    openBody: createBodies(inHand),
    broker: { ...memory, publishBatch: unconfirmed, publishEvent: unconfirmed },
  });
  const event = { source: 's', type: 't', data: { x: 'x'.repeat(200_000) } };
  const large = JSON.stringify({ eventBusId: 'b', eventList: Array(23).fill(event) });
  const post = () => doors.http.post('/v1/event-bus/recv', large, { headers: json });
  const accepted = [post(), post(), post()];
  await waitFor(() => inHand.bytes() > 13 * MiB && confirms.length > 0, { what: 'three unconfirmed bodies' });

  const refused = await post();
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
  const before = confirms.length;
  const small = publishSmall();
  await waitFor(() => confirms.length > before, { what: 'the small event to be published' });
  for (const confirm of confirms.splice(0)) confirm();
  expect((await small).status).toBe(200);
  expect((await Promise.all(accepted)).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test('unread answers count, and the connections of clients that do not read are closed', async () => {
  const event = { source: 's', type: 't', data: { x: 'x'.repeat(200_000) } };
  const body = Buffer.from(JSON.stringify({ eventBusId: 'b', eventList: Array(23).fill(event) }));
  const lists = Array.from({ length: 12 }, () => {
    const sender = openSender(head('/v1/event-bus/recv', `Content-Length: ${body.length}`), body);
    sender.socket.pause();
    return sender;
  });
  senders.push(...lists);
  await waitFor(() => inHand.cuts() > 0, { what: 'an unread answer to be cut', timeoutMs: 15_000 });
  expect(inHand.bytes()).toBeLessThanOrEqual(limit);
  expect((await publishSmall()).status).toBe(200);
});

test('a body in pieces of one byte is complete, and counts its bytes and one page', async () => {
  const text = JSON.stringify(etcSample);
  const sender = openSender(head('/api/publish', 'Transfer-Encoding: chunked'));
  senders.push(sender);
  for (const letter of text) sender.socket.write(`1\r\n${letter}\r\n`);
  await waitFor(() => inHand.bytes() > 0, { what: 'the first pieces' });
  expect(inHand.bytes()).toBeLessThanOrEqual(text.length + 4_096);
  sender.socket.write('0\r\n\r\n');
  await once(sender.socket, 'data');
  expect(sender.answer).toMatch(/^HTTP\/1\.1 200 /);
});

test('the bytes of a client that disconnects are released', async () => {
  const [sender] = await openUnfinished(2);
  const before = inHand.bytes();
  sender!.socket.destroy();
  await waitFor(() => inHand.bytes() < before, { what: 'the release of its bytes' });
});
