import { afterEach, describe, expect, test } from '@jest/globals';
import type { Lookup } from '@callbus/callback/dns/look-up';
import type { Post } from '@callbus/callback/post';
import { waitFor } from '@callbus/testing/wait-for';
import { createTestPost } from './create-test-post.js';
import { openRawReceiver, type RawReceiver } from './raw-receiver.js';

let post: Post | undefined;
const receivers: RawReceiver[] = [];

afterEach(async () => {
  await post?.close();
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});

async function open(serve: Parameters<typeof openRawReceiver>[0]): Promise<RawReceiver> {
  const receiver = await openRawReceiver(serve);
  receivers.push(receiver);
  post = createTestPost();
  return receiver;
}

const call = (url: string, timeoutMs = 5_000) => post!.post({ url, headers: {}, body: Buffer.from('{}'), timeoutMs });

const answerWith = (fields = '') => `HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`;

describe('when a kept connection is closed as a callback is sent on it', () => {
  test.each<[string, Parameters<typeof openRawReceiver>[0]]>([
    ['closed', (socket) => void socket.end()],
    ['reset', (socket) => void socket.resetAndDestroy()],
    [
      'closed with the answer 408 of a server time-out',
      (socket) => void socket.end('HTTP/1.1 408 Late\r\nConnection: close\r\n\r\n'),
    ],
  ])('%s: the callback is sent again at once on a new connection', async (_case, lose) => {
    const receiver = await open((socket, request) => {
      if (request.ofConnection > 1) lose(socket, request);
      else socket.write(answerWith());
    });
    for (let round = 0; round < 5; round += 1)
      expect(await call(receiver.url)).toMatchObject({ kind: 'answer', status: 200 });
    expect(receiver.connections()).toBe(5);
  });

  test('many callbacks at once are sent again', async () => {
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

  test('the loss of a new connection is an error', async () => {
    const receiver = await open((socket, request) => {
      if (request.ofConnection === 1 && receiver.connections() === 1) socket.write(answerWith());
      else socket.destroy();
    });
    await call(receiver.url);
    expect(await call(receiver.url)).toMatchObject({ kind: 'error' });
    // One request on the kept connection, and one on a new connection.
    expect(receiver.requests()).toBe(3);
    expect(await call(receiver.url)).toMatchObject({ kind: 'error' });
    expect(receiver.requests()).toBe(4);
  });

  test('the loss of a kept connection within an answer is an error', async () => {
    const receiver = await open((socket, request) => {
      if (request.ofConnection === 1) socket.write(answerWith());
      else socket.end('HTTP/1.1');
    });
    await call(receiver.url);
    expect(await call(receiver.url)).toMatchObject({ kind: 'error' });
    expect(receiver.requests()).toBe(2);
  });
});

describe('an idle connection', () => {
  test('is closed after a while without a hint, and kept for longer with one', async () => {
    const receiver = await open((socket, { text }) =>
      socket.write(answerWith(text.includes('/hint') ? 'Keep-Alive: timeout=60\r\n' : '')),
    );
    await Promise.all([call(`${receiver.url}/hint`), call(receiver.url)]);
    expect(receiver.openConnections()).toBe(2);
    await waitFor(() => receiver.openConnections() === 1, { what: 'the end of the connection without a hint' });
    await call(receiver.url);
    expect(receiver.connections()).toBe(2);
  });

  test.each([
    ['when the hint is within the margin', 'Keep-Alive: timeout=3, max=100\r\n'],
    ['after `Connection: close`', 'Connection: close\r\n'],
  ])('is not kept %s', async (_case, fields) => {
    const receiver = await open((socket) => socket.write(answerWith(fields)));
    await call(receiver.url);
    await call(receiver.url);
    expect(receiver.connections()).toBe(2);
  });

  test('is closed when it receives unsolicited bytes', async () => {
    const receiver = await open((socket, request) => {
      socket.write(answerWith());
      if (request.ofConnection === 1)
        setTimeout(() => socket.write('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'), 20);
    });
    await call(receiver.url);
    await waitFor(() => receiver.openConnections() === 0, { what: 'the end of the connection' });
    expect(await call(receiver.url)).toMatchObject({ status: 200 });
    expect(receiver.connections()).toBe(2);
  });

  test('is closed at its maximum age even when it is busy, so that the name is looked up again', async () => {
    const old = await open((socket) => socket.write(answerWith()));
    const lookups: string[] = [];
    const lookup: Lookup = (name, _options, callback) => {
      lookups.push(name);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    await post!.close();
    post = createTestPost({ lookup, connectionMaxAgeMs: 300 });
    const url = old.url.replace('127.0.0.1', 'receiver.test');
    let calls = 0;
    while (lookups.length < 3) {
      expect(await call(url)).toMatchObject({ status: 200 });
      calls += 1;
    }
    // A connection that was not kept at all would serve a single call.
    expect(calls).toBeGreaterThan(lookups.length);
    expect(old.connections()).toBe(lookups.length);
  });
});
