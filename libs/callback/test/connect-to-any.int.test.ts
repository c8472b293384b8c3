import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type LookupFunction, type Server, type Socket } from 'node:net';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connectToAny } from '../src/network/connect-to-any.js';

/** Listens with the smallest backlog. */
const listen = `require('node:net').createServer(() => {}).listen({ host: process.argv[1], port: Number(process.argv[2]), backlog: 1 },
  () => console.log('listening'))`;

let server: Server;
let port: number;
let child: ChildProcess | undefined;
let sockets: Socket[];
beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Makes an address silent: its process is stopped, and its backlog is full. */
async function makeSilent(address: string): Promise<void> {
  child = spawn(process.execPath, ['-e', listen, address, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout!, 'data');
  child.kill('SIGSTOP');
  const filling = Array.from({ length: 8 }, () => connect(port, address).on('error', () => undefined));
  sockets.push(...filling);
  await waitFor(() => filling.filter(({ readyState }) => readyState === 'open').length > 1, { what: 'a full backlog' });
}

const lookupOf =
  (...addresses: string[]): LookupFunction =>
  (_host, _options, callback) =>
    process.nextTick(() =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    );

function connectTo(...addresses: string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    connectToAny({ host: 'many.test', port, lookup: lookupOf(...addresses) }, (error, socket) => {
      if (socket === undefined) {
        reject(error ?? new Error('neither a socket nor an error'));
        return;
      }
      sockets.push(socket);
      resolve(socket.remoteAddress);
    });
  });
}

test('an address that does not answer does not keep the next address from being tried', async () => {
  await makeSilent('127.0.0.2');
  expect(await connectTo('127.0.0.2', '127.0.0.1')).toBe('127.0.0.1');
});

test('a slow address keeps its time although the next addresses cannot be reached', async () => {
  await makeSilent('127.0.0.2');
  const connecting = connectTo('127.0.0.2', '127.0.0.3', '::2');
  // The kernel repeats the SYN after a second.
  setTimeout(() => child?.kill('SIGCONT'), 600);
  expect(await connecting).toBe('127.0.0.2');
});

test('refusing addresses are skipped at once; when all refuse, the error lists them', async () => {
  expect(await connectTo('127.0.0.3', '::2', '127.0.0.4', '127.0.0.1')).toBe('127.0.0.1');
  const errors = await connectTo('127.0.0.3', '127.0.0.4').catch((error: unknown) => error);
  expect(errors).toMatchObject({
    errors: [
      { code: 'ECONNREFUSED', address: '127.0.0.3' },
      { code: 'ECONNREFUSED', address: '127.0.0.4' },
    ],
  });
  await expect(connectTo('127.0.0.3')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('at most eight addresses are tried, of both families', async () => {
  const refusing = Array.from({ length: 20 }, (_, n) => `127.0.1.${n + 1}`);
  const errors = await connectTo(...refusing, '::2', '127.0.0.1').catch((error: unknown) => error);
  expect((errors as AggregateError).errors).toHaveLength(8);
  expect((errors as AggregateError).errors).toContainEqual(expect.objectContaining({ address: '::2' }));
});

test('the callback is not called after cancelling', async () => {
  let calls = 0;
  const giveUp = connectToAny({ host: 'many.test', port, lookup: lookupOf('127.0.0.1') }, () => (calls += 1));
  giveUp();
  await connectTo('127.0.0.1');
  expect(calls).toBe(0);
});
