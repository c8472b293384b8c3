import { afterEach, describe, expect, test } from '@jest/globals';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Post } from '@callbus/callback/post';
import { createTestPost } from './create-test-post.js';
import { openRawReceiver, type RawReceiver } from './raw-receiver.js';

let post: Post | undefined;
let receiver: RawReceiver | undefined;

afterEach(async () => {
  await post?.close();
  await receiver?.close();
});

async function open(serve: Parameters<typeof openRawReceiver>[0]): Promise<void> {
  receiver = await openRawReceiver(serve);
  post = createTestPost();
}

const call = (timeoutMs = 5_000) =>
  post!.post({ url: `${receiver!.url}/`, headers: {}, body: Buffer.from('{}'), timeoutMs });

const ok = 'HTTP/1.1 200 OK\r\n';
const closing = (text: string) => (socket: Socket) => void socket.end(text, 'latin1');
const staying = (text: string) => (socket: Socket) => void socket.write(text, 'latin1');

describe('a result with a status is an answer', () => {
  test.each<[string, string, number, string]>([
    ['a 204 that announces a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n', 204, ''],
    ['a 204 with a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok', 204, ''],
    ['a 204 in chunks', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 204, ''],
    ['a 304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 20\r\n\r\n', 304, ''],
    ['a repeated length', `${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`, 200, 'ok'],
    ['a length in a list', `${ok}Content-Length: 2, 2\r\n\r\nok`, 200, 'ok'],
    [
      'a length beside chunks',
      `${ok}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      200,
      'ok',
    ],
    ['more than the length', `${ok}Content-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\n`, 200, 'ok'],
    ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', 200, 'ok'],
    ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 200, 'ok'],
    [
      'bytes that are not allowed in headers',
      `${ok}X-\x01: \x00\xff\r\nX\r\n:\r\nContent-Length: 2\r\n\r\nok`,
      200,
      'ok',
    ],
    [
      'chunks with extensions and trailers',
      `${ok}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n`,
      200,
      'ok',
    ],
    ['HTTP/1.0 with keep-alive', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok', 200, 'ok'],
  ])('%s', async (_case, answer, status, body) => {
    await open(staying(answer));
    for (let round = 0; round < 3; round += 1) {
      const result = await call();
      expect(result).toMatchObject({ kind: 'answer', status, body: Buffer.from(body) });
      expect(result).not.toHaveProperty('fault');
    }
  });

  test('a body that ends with its connection is complete', async () => {
    await open(closing(`${ok}\r\nok`));
    const result = await call();
    expect(result).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('ok') });
    expect(result).not.toHaveProperty('fault');
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['fewer bytes than its length', closing(`${ok}Content-Length: 20\r\n\r\nok`), 'closed before the end'],
    ['no last chunk', closing(`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`), 'closed before the end'],
    ['half a chunk', closing(`${ok}Transfer-Encoding: chunked\r\n\r\n9\r\nok`), 'closed before the end'],
    [
      'garbage for a chunk',
      staying(`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n`),
      'without a valid size',
    ],
    [
      'a chunk that is longer than its size',
      staying(`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n`),
      'longer than it says',
    ],
    [
      'an endless chunk extension',
      staying(`${ok}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(9_000)}`),
      'too long',
    ],
    ['two lengths', staying(`${ok}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`), 'no valid Content-Length'],
    ['an invalid length', staying(`${ok}Content-Length: -1\r\n\r\nok`), 'no valid Content-Length'],
    ['half a head', closing(`${ok}Content-Le`), 'closed before the end'],
    ['a head without end', staying(`${ok}${'x: y\r\n'.repeat(5_000)}`), 'more than 16384 bytes'],
    ['a body without an end before the time-out', staying(`${ok}\r\nok`), 'no end of the answer within'],
    [
      'a reset after its head',
      (socket) => socket.write(`${ok}Content-Length: 20\r\n\r\n`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
      'ECONNRESET',
    ],
  ])('%s: the answer has the reason why its body cannot be judged', async (_case, serve, reason) => {
    await open(serve);
    expect(await call(500)).toMatchObject({
      kind: 'answer',
      status: 200,
      fault: { reason: expect.stringContaining(reason) },
    });
    expect(receiver!.requests()).toBe(1);
  });

  test.each([
    ['nothing', ''],
    ['not HTTP', 'hello\r\n'],
    ['a status of five digits', 'HTTP/1.1 99999 OK\r\n\r\n'],
    ['another version', 'HTTP/2 200 OK\r\n\r\n'],
    ['half a status', 'HTTP/1.1 20'],
  ])('%s is not an answer, and the request is not repeated', async (_case, answer) => {
    await open(closing(answer));
    expect(await call()).toMatchObject({ kind: 'error' });
    expect(receiver!.requests()).toBe(1);
  });
});

describe('1xx answers', () => {
  test.each([
    '100 Continue',
    '102 Processing',
    '103 Early Hints\r\nLink: </x>; rel=preload',
    '199',
    '101 Switching Protocols',
  ])('%s is skipped', async (line) => {
    await open(staying(`HTTP/1.1 ${line}\r\n\r\nHTTP/1.1 ${line}\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`));
    for (let round = 0; round < 3; round += 1)
      expect(await call()).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('ok') });
  });

  test('without a final answer are a time-out', async () => {
    await open(staying('HTTP/1.1 100 Continue\r\n\r\n'));
    expect(await call(200)).toMatchObject({ kind: 'timeout', reason: 'no answer within 200 ms' });
  });
});

test('an answer that arrives byte by byte is read like any other', async () => {
  const answers = [
    `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x\r\nk\r\n0\r\nA: b\r\n\r\n`,
  ];
  let next = 0;
  await open((socket) => {
    const bytes = Buffer.from(answers[(next += 1) % 2]!);
    let at = 0;
    const write = (): void => {
      if (at < bytes.length) socket.write(bytes.subarray(at, (at += 1)), () => setImmediate(write));
    };
    socket.setNoDelay(true);
    write();
  });
  for (let round = 0; round < 4; round += 1)
    expect(await call()).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('ok') });
  expect(receiver!.connections()).toBe(1);
});

describe('a body that is compressed although the request did not allow it', () => {
  const text = '{"ok":true}';
  const compressed = (coding: string, body: Buffer) => (socket: Socket) => {
    socket.write(`${ok}Content-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
  };

  test.each<[string, Buffer]>([
    ['gzip', gzipSync(text)],
    ['X-GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', Buffer.from(text)],
  ])('%s', async (coding, body) => {
    const asked: string[] = [];
    await open((socket, request) => {
      asked.push(/accept-encoding: (\w+)/.exec(request.text)?.[1] ?? '');
      compressed(coding, body)(socket);
    });
    expect(await call()).toMatchObject({ kind: 'answer', body: Buffer.from(text) });
    expect(asked).toEqual(['identity']);
  });

  test.each<[string, Buffer]>([
    ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['deflate', deflateSync(Buffer.alloc(50_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(50_000_000))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(50_000_000)))],
  ])('a bomb of %s is inflated only up to the first 64 KiB', async (coding, body) => {
    await open(compressed(coding, body));
    const results = await Promise.all(Array.from({ length: 10 }, () => call(20_000)));
    for (const result of results) {
      expect(result).toMatchObject({ kind: 'answer', status: 200 });
      expect(result.kind === 'answer' && result.body.length).toBe(64 * 1024);
    }
  });

  test.each<[string, Buffer, string]>([
    ['gzip', Buffer.from(text), 'the body is not gzip, as it says'],
    ['zstd', Buffer.from(text), 'unknown coding: zstd'],
    ['gzip, gzip, gzip', Buffer.from(text), 'too many codings'],
  ])('an invalid body of %s keeps its status', async (coding, body, reason) => {
    await open(compressed(coding, body));
    expect(await call()).toMatchObject({
      kind: 'answer',
      status: 200,
      fault: { kind: 'error', reason: expect.stringContaining(reason) },
    });
  });
});
