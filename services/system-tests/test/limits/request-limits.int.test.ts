import { gzipSync } from 'node:zlib';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axios from 'axios';
import { faultOfErrorBody } from '../support/error-shapes.js';
import { openApis, type OpenApis } from '../support/open-apis.js';
import { validRequest } from '../support/valid-requests.js';

const http = axios.create({ validateStatus: () => true, proxy: false, headers: { connection: 'close' } });

let receiver: Receiver;
let apis: OpenApis;
beforeAll(async () => {
  receiver = await openReceiver();
  apis = await openApis();
});
afterAll(async () => {
  await apis.close();
  await receiver.close();
});

const tooLarge = Buffer.alloc(5 * 1024 * 1024 + 1, ' ');
/** 64 KiB that inflate to 64 MiB. */
const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
const gzip = { 'content-encoding': 'gzip' };
const nested = (depth: number) => `{"data":${'['.repeat(depth)}${']'.repeat(depth)}}`;

test.each<[what: string, status: number, body: Buffer | string, headers: Record<string, string>]>([
  ['of 5 MiB and a byte', 413, tooLarge, {}],
  ['that inflates to more', 413, bomb, gzip],
  ['that holds too many JSON values', 413, `{"data":[${Array(50_000).fill('1').join()}]}`, {}],
  ['that cannot be inflated', 400, 'not gzip', gzip],
  ['that nests too deep', 400, nested(1_000), {}],
  ['that is not UTF-8', 400, Buffer.from('{"x":"\xe4"}', 'latin1'), {}],
  ['of an unknown encoding', 415, '{}', { 'content-encoding': 'zip' }],
  ['that is nothing but nesting', 400, '['.repeat(200_000), {}],
])('every route refuses a body %s', async (_what, status, data, headers) => {
  const subject = await apis.newSubject({ account: '0', authorization: '', callbackUrl: receiver.url });
  const before = await apis.state();
  const routes = [...apis.publishRoutes, ...apis.manageRoutes].filter(({ method }) =>
    ['POST', 'PUT', 'PATCH'].includes(method),
  );
  for (const route of routes.filter(({ path }) => !path.startsWith('/internal/'))) {
    const { method, path, headers: usual } = validRequest(route, subject);
    const answer = await http.request<string>({
      method,
      url: apis.url + path,
      data,
      headers: { ...usual, ...headers },
      maxBodyLength: Infinity,
      transformRequest: (body: unknown) => body,
      transformResponse: (text: unknown) => text,
    });
    expect([path, answer.status, faultOfErrorBody(path, answer.data)]).toEqual([path, status, undefined]);
  }
  expect(await apis.state()).toBe(before);
});
