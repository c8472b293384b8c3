import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAddressPolicy, parseCidrs } from '@callbus/callback/network/address-policy';
import type { Lookup } from '@callbus/callback/dns/look-up';
import { createPost, type Post, type PostOptions } from '@callbus/callback/post';
import { openRawReceiver, type RawReceiver } from './raw-receiver.js';

let post: Post | undefined;
const receivers: RawReceiver[] = [];

afterEach(async () => {
  await post?.close();
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});

async function open(
  serve: Parameters<typeof openRawReceiver>[0],
  options: Partial<PostOptions> = {},
): Promise<RawReceiver> {
  const receiver = await openRawReceiver(serve);
  receivers.push(receiver);
  post = createPost({ userAgent: 'callbus/test', ...options });
  return receiver;
}

const call = (url: string, timeoutMs = 5_000) => post!.post({ url, headers: {}, body: Buffer.from('{}'), timeoutMs });

const answerWith = (fields = '') => `HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`;

describe('a kept connection that is closed as a callback goes out on it', () => {
  test.each<[string, Parameters<typeof openRawReceiver>[0]]>([
    ['closed', (socket) => void socket.end()],
    ['reset', (socket) => void socket.resetAndDestroy()],
    [
      'closed with what servers say when they time out',
      (socket) => void socket.end('HTTP/1.1 408 Late\r\nConnection: close\r\n\r\n'),
    ],
  ])('%s: costs nothing, and the callback goes out again at once on a new one', async (_case, lose) => {
    const receiver = await open((socket, request) => {
      if (request.ofConnection > 1) lose(socket, request);
      else socket.write(answerWith());
    });
    for (let round = 0; round < 5; round += 1)
      expect(await call(receiver.url)).toMatchObject({ kind: 'answer', status: 200 });
    expect(receiver.connections()).toBe(5);
  });

  test('many at once', async () => {
    let isClosing = false;
    const old = new WeakSet<object>();
    const receiver = await open((socket) => {
      if (!isClosing) {
        old.add(socket);
        setTimeout(() => socket.write(answerWith()), 50);
      } else if (old.has(socket)) socket.destroy();
      else socket.write(answerWith());
    });
    const callAll = () => Promise.all(Array.from({ length: 16 }, () => call(receiver.url)));
    await callAll();
    isClosing = true;
    for (const result of await callAll()) expect(result).toMatchObject({ kind: 'answer', status: 200 });
  });

  test('a new one that dies counts', async () => {
    const receiver = await open((socket, request) => {
      if (request.ofConnection === 1 && receiver.connections() === 1) socket.write(answerWith());
      else socket.destroy();
    });
    await call(receiver.url);
    expect(await call(receiver.url)).toMatchObject({ kind: 'error' });
    // On the kept one, and on a new one.
    expect(receiver.requests()).toBe(3);
    expect(await call(receiver.url)).toMatchObject({ kind: 'error' });
    expect(receiver.requests()).toBe(4);
  });

  test('a kept one that dies within an answer counts', async () => {
    const receiver = await open((socket, request) => {
      if (request.ofConnection === 1) socket.write(answerWith());
      else socket.end('HTTP/1.1');
    });
    await call(receiver.url);
    expect(await call(receiver.url)).toMatchObject({ kind: 'error' });
    expect(receiver.requests()).toBe(2);
  });
});

describe('how long a connection is kept', () => {
  test.each([
    ['without a hint shorter than usual servers do', '', 1_800, 2],
    ['by the hint of the receiver, less a margin', 'Keep-Alive: timeout=6\r\n', 1_800, 1],
    ['not at all by a hint within the margin', 'Keep-Alive: timeout=3, max=100\r\n', 0, 2],
    ['not at all when it is told so', 'Connection: close\r\n', 0, 2],
  ])('%s', async (_case, fields, pauseMs, connections) => {
    const receiver = await open((socket) => socket.write(answerWith(fields)));
    await call(receiver.url);
    await sleep(pauseMs);
    await call(receiver.url);
    expect(receiver.connections()).toBe(connections);
  });

  test('bytes that nobody asked for end it, and are no answer', async () => {
    const receiver = await open((socket, request) => {
      socket.write(answerWith());
      if (request.ofConnection === 1)
        setTimeout(() => socket.write('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'), 20);
    });
    await call(receiver.url);
    await sleep(200);
    expect(await call(receiver.url)).toMatchObject({ status: 200 });
    expect(receiver.connections()).toBe(2);
  });

  test('no longer than its greatest age, however busy it is, so that a name that moves is followed', async () => {
    const old = await open((socket) => socket.write(answerWith()));
    const lookups: string[] = [];
    const lookup: Lookup = (name, _options, callback) => {
      lookups.push(name);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    await post!.close();
    const addressPolicy = createAddressPolicy({ allowCidrs: parseCidrs('127.0.0.0/8') });
    post = createPost({ userAgent: 'callbus/test', addressPolicy, lookup, connectionMaxAgeMs: 300 });
    const url = old.url.replace('127.0.0.1', 'receiver.test');
    const until = performance.now() + 1_000;
    while (performance.now() < until) {
      expect(await call(url)).toMatchObject({ status: 200 });
      await sleep(10);
    }
    expect(lookups.length).toBeGreaterThan(1);
    expect(lookups.length).toBeLessThan(10);
    expect(old.connections()).toBe(lookups.length);
  });
});
