import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAuthenticate } from '@callbus/runtime/auth';
import { createCall, failure, sample, type Call } from './call.js';
import { openService, type OpenService } from './open-service.js';

const subscribe = '/api/v3/event/subscribe';
const manager = { authorization: 'Bearer manager-key' };
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
    { sha256: digest('publisher-key'), account: 'ours', roles: ['publish', 'operate'] },
  ];
  await writeFile(file, JSON.stringify(keys));
  service = await openService({ authenticate: await createAuthenticate({ AUTH: 'keys', KEYS_FILE: file }) });
  call = createCall(service.url);
});
afterAll(async () => {
  await service.close();
  await rm(directory, { recursive: true });
});

const operations = [
  `POST ${subscribe}/ours/2`,
  `PUT ${subscribe}/ours/2/1`,
  `DELETE ${subscribe}/ours/2/1`,
  `POST ${subscribe}/search/ours/2`,
  `POST ${subscribe}/ping`,
  `POST ${subscribe}/telnet`,
];

test.each(operations)('%s is closed to strangers', async (operation) => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
    expect(await call(operation, {}, headers)).toMatchObject({ status: 401, body: failure(1199027, '调用者身份未知') });
  }
});

test.each(operations)('%s is closed to who may not manage', async (operation) => {
  expect(await call(operation, {}, publisher)).toMatchObject({ status: 403, body: failure(1199027, '调用者没有权限') });
});

test.each(operations)('%s is closed to who names another account beside the own', async (operation) => {
  for (const header of ['HTTP_BK_SUPPLIER_ACCOUNT', 'HTTP_BLUEKING_SUPPLIER_ID']) {
    const headers = { ...manager, [header]: 'theirs', HTTP_BLUEKING_LANGUAGE: 'en' };
    expect(await call(operation, {}, headers)).toMatchObject({
      status: 403,
      body: failure(1199027, 'the caller is not allowed to do this'),
    });
  }
});

test.each(operations.slice(0, 4))('%s is closed to the manager of another account', async (operation) => {
  const theirs = operation.replace('/ours/', '/theirs/');
  for (const headers of [manager, { ...manager, HTTP_BK_SUPPLIER_ACCOUNT: 'theirs' }]) {
    expect(await call(theirs, sample, headers)).toMatchObject({ status: 403 });
  }
});

test('the manager of the account may, and is recorded', async () => {
  expect(await call(`POST ${subscribe}/ours/2`, sample, manager)).toMatchObject({ status: 200 });
  const named = { ...manager, HTTP_BK_SUPPLIER_ACCOUNT: 'ours', BK_User: 'someone' };
  const other = { ...sample, subscription_name: 'other' };
  expect(await call(`POST ${subscribe}/ours/2`, other, named)).toMatchObject({ status: 200 });
  expect(await call(`POST ${subscribe}/search/ours/2`, { fields: ['operator'] }, manager)).toMatchObject({
    body: { data: { count: 2, info: [{ operator: 'keeper' }, { operator: 'someone' }] } },
  });
});

test('who is refused is refused before the body is read', async () => {
  expect(await call(`POST ${subscribe}/ours/2`, 'not JSON', {})).toMatchObject({ status: 401 });
});
