import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { create, createCall, sample, type Call } from '../support/call.js';
import { openService, type OpenService } from '../support/open-service.js';

const subscribe = '/api/v3/event/subscribe';
const mallory = { http_bk_supplier_account: 'mallory' };

let service: OpenService;
let call: Call;
/** Answers nothing before it is told to end. */
let receiver: Server;
const waiting = new Set<Socket>();

beforeAll(async () => {
  service = await openService({ limits: { subscriptions: 1_000 } });
  call = createCall(service.url);
  receiver = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => waiting.add(socket));
    socket.once('close', () => waiting.delete(socket));
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  receiver.close();
  await service.close();
});

const ping = () => {
  const { port } = receiver.address() as AddressInfo;
  return call(`POST ${subscribe}/ping`, { callback_url: `http://127.0.0.1:${port}/`, data: {} }, mallory);
};
const answerAll = () => {
  for (const socket of waiting) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
};

test('of one account four pings are under way at once, some wait, and the rest is refused; its other calls go on', async () => {
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

test('of one account a flood of changes goes through, four at once, and does not hold up another', async () => {
  let done = 0;
  const flood = Array.from({ length: 100 }, async (_, number) => {
    const name = { subscription_name: `flood ${number}` };
    const { status } = await call(`POST ${subscribe}/mallory/2`, { ...sample, ...name });
    done += 1;
    return status;
  });
  await waitFor(() => done > 0, { what: 'the flood to be worked on' });
  await create(call, { subscription_name: 'meanwhile' }, 'alice/2');
  // One that comes last is done last where all are worked on at once.
  expect(done).toBeLessThan(50);
  expect(await Promise.all(flood)).toEqual(Array(100).fill(200));
});

test('who goes away while his call waits gives up his turn', async () => {
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
  // Behind these.
  const last = ping();
  for (const socket of gone) socket.destroy();
  const answering = setInterval(answerAll, 5);
  expect((await last).status).toBe(200);
  await Promise.all(pings);
  clearInterval(answering);
});
