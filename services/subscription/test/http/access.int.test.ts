import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { failure, sample, subscribe, type Call } from '../support/call.js';
import { openService, type OpenService } from '../support/open-service.js';

const manager = { authorization: 'Bearer manager-key' };
const operator = { authorization: 'Bearer operator-key' };
const publisher = { authorization: 'Bearer publisher-key' };

let service: OpenService;
let call: Call;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
  const file = join(directory, 'keys.json');
  const digest = (key: string) => createHash('sha256').update(key).digest('hex');
  const keys = [
    { sha256: digest('manager-key'), account: 'ours', user: 'keeper', roles: ['manage'] },
    { sha256: digest('publisher-key'), account: 'ours', roles: ['publish'] },
    { sha256: digest('operator-key'), account: 'ours', roles: ['operate'] },
  ];
  await writeFile(file, JSON.stringify(keys));
  service = await openService({ authenticate: await createAuthenticate({ AUTH: 'keys', KEYS_FILE: file }) });
  ({ call } = service);
});
afterAll(async () => {
  await service.close();
  await rm(directory, { recursive: true });
});

const changes = [
  `POST ${subscribe}/ours/2`,
  `PUT ${subscribe}/ours/2/1`,
  `PATCH ${subscribe}/ours/2/1`,
  `DELETE ${subscribe}/ours/2/1`,
  `DELETE ${subscribe}/ours/2/1/undelivered`,
  `POST ${subscribe}/ours/2/1/undelivered/replay`,
  `DELETE ${subscribe}/ours/2/1/undelivered/replay/1`,
  `POST ${subscribe}/ours/2/1/secret/rotate`,
  `POST ${subscribe}/search/ours/2`,
  'POST /api/v3/event/undelivered/ours/dispatch',
];
const readings = [
  `GET ${subscribe}/ours/2/1`,
  `GET ${subscribe}/ours/2/1/attempts`,
  `GET ${subscribe}/ours/2/1/undelivered`,
  `GET ${subscribe}/ours/2/1/undelivered/replay/1`,
  'GET /api/v3/event/trace/ours/e1',
];
const probes = [`POST ${subscribe}/ping`, `POST ${subscribe}/telnet`];
const operations = [...changes, ...readings, ...probes];

test.each(operations)('%s is refused without a known key', async (operation) => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
    expect(await call(operation, {}, headers)).toMatchObject({
      status: 401,
      body: failure(1199027, '调用者身份未知'),
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
});

test.each(operations)('%s is refused for the role publish', async (operation) => {
  expect(await call(operation, {}, publisher)).toMatchObject({ status: 403, body: failure(1199027, '调用者没有权限') });
});

test.each([...changes, ...probes])('%s is refused for the role operate', async (operation) => {
  expect(await call(operation, {}, operator)).toMatchObject({ status: 403, body: failure(1199027, '调用者没有权限') });
});

test.each(readings)('%s is allowed for the roles operate and manage', async (operation) => {
  for (const caller of [operator, manager])
    expect(await call(operation, undefined, caller)).toMatchObject({ status: 404 });
});

test.each(operations)('%s is refused when a header names another account than the path', async (operation) => {
  for (const header of ['HTTP_BK_SUPPLIER_ACCOUNT', 'HTTP_BLUEKING_SUPPLIER_ID']) {
    const headers = { ...manager, [header]: 'theirs', HTTP_BLUEKING_LANGUAGE: 'en' };
    expect(await call(operation, {}, headers)).toMatchObject({
      status: 403,
      body: failure(1199027, 'the caller is not allowed to do this'),
    });
  }
});

test.each([...changes, ...readings])('%s is refused for the manager of another account', async (operation) => {
  const theirs = operation.replace('/ours/', '/theirs/');
  for (const headers of [manager, { ...manager, HTTP_BK_SUPPLIER_ACCOUNT: 'theirs' }]) {
    expect(await call(theirs, sample, headers)).toMatchObject({ status: 403 });
  }
});

test('the manager of the account may create, and is recorded as operator', async () => {
  expect(await call(`POST ${subscribe}/ours/2`, sample, manager)).toMatchObject({ status: 200 });
  const named = { ...manager, HTTP_BK_SUPPLIER_ACCOUNT: 'ours', BK_User: 'someone' };
  const other = { ...sample, subscription_name: 'other' };
  expect(await call(`POST ${subscribe}/ours/2`, other, named)).toMatchObject({ status: 200 });
  expect(await call(`POST ${subscribe}/search/ours/2`, { fields: ['operator'] }, manager)).toMatchObject({
    body: { data: { count: 2, info: [{ operator: 'keeper' }, { operator: 'someone' }] } },
  });
});

test('an unknown caller is refused before the body is read', async () => {
  expect(await call(`POST ${subscribe}/ours/2`, 'not JSON', {})).toMatchObject({ status: 401 });
});
