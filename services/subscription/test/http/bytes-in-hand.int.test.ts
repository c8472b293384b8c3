import { connect } from 'node:net';
import { createBytesInHand } from '@callbus/runtime/http/bytes-in-hand';
import { createBodies } from '@callbus/runtime/http/request-body';
import { waitFor } from '@callbus/testing/wait-for';
import { expect, test } from '@jest/globals';
import { subscribe } from '../support/call.js';
import { useService } from '../support/open-service.js';

const MiB = 1024 * 1024;
const inHand = createBytesInHand({ limit: 16 * MiB });

const service = useService({ openBody: createBodies(inHand) });

test('unfinished bodies beyond the limit are answered with 503 in the envelope, and other calls are served', async () => {
  const { hostname, port } = new URL(service.url);
  const answers: string[] = [];
  const sockets = Array.from({ length: 8 }, (_, index) => {
    const socket = connect(Number(port), hostname);
    answers.push('');
    socket
      .on('data', (chunk: Buffer) => (answers[index] = `${answers[index] ?? ''}${chunk.toString()}`))
      .on('error', () => undefined);
    socket.write(`POST ${subscribe}/search/0/2 HTTP/1.1\r\nHost: x\r\nContent-Length: ${5 * MiB}\r\n\r\n`);
    socket.write(Buffer.alloc(5 * MiB - 1, ' '));
    return socket;
  });
  await waitFor(() => answers.some((answer) => answer.endsWith('}\n')), { what: 'an answer' });
  const answer = answers.find((each) => each.endsWith('}\n'))!;
  expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: \d+\r\n/);
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
    result: false,
    bk_error_code: 1103002,
    bk_error_msg: expect.any(String),
    data: null,
  });
  expect(inHand.bytes()).toBeLessThanOrEqual(inHand.limit);
  const search = await fetch(`${service.url}${subscribe}/search/0/2`, { method: 'POST', body: '{}' });
  expect(search.status).toBe(200);
  for (const socket of sockets) socket.destroy();
  await waitFor(() => inHand.bytes() === 0, { what: 'all bytes to be released' });
});

const searchWith = (charset: string, body: Buffer) =>
  fetch(`${service.url}${subscribe}/search/0/2`, {
    method: 'POST',
    headers: { 'content-type': `application/json; charset=${charset}` },
    body,
  });

test.each(['utf-8', 'gbk', 'klingon'])('a UTF-8 body with charset=%s is read', async (charset) => {
  expect((await searchWith(charset, Buffer.from('{"fields":["subscription_name"]}'))).status).toBe(200);
});

test('a UTF-16 body is refused although its charset says so', async () => {
  const search = await searchWith('utf-16le', Buffer.from('{"fields":["subscription_name"]}', 'utf16le'));
  expect([search.status, await search.json()]).toMatchObject([400, { bk_error_code: 1199000 }]);
});
