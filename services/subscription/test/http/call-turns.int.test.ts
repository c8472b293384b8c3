import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { create, sample, subscribe } from '../support/call.js';
import { useService } from '../support/open-service.js';

const mallory = { http_bk_supplier_account: 'mallory' };

const service = useService({ limits: { subscriptions: 1_000 } });
const { call } = service;
/** Answers only when the test ends its connections. */
let receiver: Server;
const waiting = new Set<Socket>();

beforeAll(async () => {
  receiver = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => waiting.add(socket));
    socket.once('close', () => waiting.delete(socket));
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void receiver.close());

const ping = () => {
  const { port } = receiver.address() as AddressInfo;
  return call(`POST ${subscribe}/ping`, { callback_url: `http://127.0.0.1:${port}/`, data: {} }, mallory);
};
const answerAll = () => {
  for (const socket of waiting) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
};

test('of 120 pings of an account four run at once, a hundred wait, the others are refused, and other calls are served', async () => {
  const pings = Array.from({ length: 120 }, ping);
  await waitFor(() => waiting.size === 4, { what: 'four pings' });
  await create(call, {}, 'mallory/2');
  await create(call, {}, 'alice/2');
  expect(waiting.size).toBe(4);

  const answering = setInterval(answerAll, 5);
  const answers = await Promise.all(pings);
  clearInterval(answering);
  const made = answers.filter(({ status }) => status === 200).length;
  // Four at once and a hundred that wait; the rate of probes allows a hundred, and more as time passes.
  expect(made).toBeGreaterThanOrEqual(100);
  expect(made).toBeLessThanOrEqual(104);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(120 - made);
  expect(refused[0]).toMatchObject({ body: { bk_error_code: 1199029 }, headers: { 'retry-after': '1' } });
});

test('a hundred concurrent changes of one account do not delay another account', async () => {
  let done = 0;
  const flood = Array.from({ length: 100 }, async (_, number) => {
    const name = { subscription_name: `flood ${number}` };
    const { status } = await call(`POST ${subscribe}/mallory/2`, { ...sample, ...name });
    done += 1;
    return status;
  });
  await waitFor(() => done > 0, { what: 'the first of the flood' });
  await create(call, { subscription_name: 'meanwhile' }, 'alice/2');
  // Without the limit, the change of the other account would be one of the last.
  expect(done).toBeLessThan(50);
  expect(await Promise.all(flood)).toEqual(Array(100).fill(200));
});

test('a caller that closes its connection loses its turn', async () => {
  const pings = Array.from({ length: 4 }, ping);
  await waitFor(() => waiting.size === 4, { what: 'four pings' });
  const { hostname, port } = new URL(service.url);
  const gone = Array.from({ length: 8 }, () => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(
      `POST ${subscribe}/ping HTTP/1.1\r\nHost: x\r\nHTTP_BK_SUPPLIER_ACCOUNT: mallory\r\nContent-Length: 1000000\r\n\r\n{`,
    );
    return socket;
  });
  await Promise.all(gone.map((socket) => once(socket, 'connect')));
  // This call waits behind them.
  const last = ping();
  for (const socket of gone) socket.destroy();
  const answering = setInterval(answerAll, 5);
  expect((await last).status).toBe(200);
  await Promise.all(pings);
  clearInterval(answering);
});
