import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axios from 'axios';
import pg from 'pg';
import { isolate, type Place } from '@callbus/testing/isolate';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { runProgram, type Program } from '@callbus/testing/processes/program';
import { waitFor } from '@callbus/testing/wait-for';

const gatewayToken = 'sixteen letters!';
const base = '/api/v3/event/subscribe';
const definition = {
  subscription_name: 'mysubscribe',
  callback_url: 'http://127.0.0.1:1/callback',
  confirm_mode: 'httpstatus',
  subscription_form: 'hostcreate',
};
const http = axios.create({ validateStatus: () => true, proxy: false, maxBodyLength: Infinity });

let place: Place;
let database: pg.Client;
let proxy: TcpProxy;
let service: Program;
let url: string;
let taken: number;

beforeAll(async () => {
  place = await isolate({ database: true });
  database = new pg.Client(place.databaseUrl);
  await database.connect();
  proxy = await openTcpProxy(place.databaseUrl);
  service = runProgram('subscription/dist/main.js', {
    PORT: '0',
    AUTH: 'gateway',
    GATEWAY_TOKEN: gatewayToken,
    AMQP_URL: place.amqpUrl,
    DATABASE_URL: proxy.url,
    REDIS_URL: place.redisUrl,
    BROKER_PREFIX: place.brokerPrefix,
    REDIS_PREFIX: place.redisPrefix,
    INTERNAL_TOKEN: 'a-token-between-the-services',
    CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
  });
  const listening = () => /"url":"(http:[^"]+)"/.exec(service.output())?.[1];
  url = await waitFor(() => listening() ?? '', { what: 'the service', timeoutMs: 20_000 });
  const created = await ask(`POST ${base}/0/2`, definition);
  taken = (created.body as { data: { subscription_id: number } }).data.subscription_id;
});
afterAll(async () => {
  service.kill('SIGTERM');
  expect(await service.exited).toBe(0);
  await proxy.close();
  await database.end();
  await place.cleanUp();
});

async function ask(line: string, data?: unknown, more: Readonly<Record<string, string>> = {}) {
  const [method = '', path = ''] = line.split(' ');
  const headers = { 'X-Gateway-Token': gatewayToken, HTTP_BK_SUPPLIER_ACCOUNT: '0', connection: 'close', ...more };
  const {
    status,
    data: body,
    headers: answered,
  } = await http.request<unknown>({ method, url: url + path, data, headers });
  return { status, body, retryAfter: answered['retry-after'] as unknown };
}

type Case = [
  what: string,
  request: { line: string; data?: unknown; headers?: Readonly<Record<string, string>> },
  answer: { status: number; code: number; zh: string; en: string },
];

/** Expects the answer in Chinese, which is the default, and in English. */
async function expectBoth([, request, { status, code, zh, en }]: Case) {
  for (const [language, message] of [
    [undefined, zh],
    ['zh-cn', zh],
    ['fr', zh],
    ['en', en],
  ] as const) {
    const inLanguage = language === undefined ? {} : { HTTP_BLUEKING_LANGUAGE: language };
    const answer = await ask(request.line, request.data, { ...request.headers, ...inLanguage });
    expect(answer).toEqual({
      status,
      body: { result: false, bk_error_code: code, bk_error_msg: message, data: null },
      retryAfter: status === 503 ? '5' : undefined,
    });
  }
}

const create = `POST ${base}/0/2`;
const notJson = { status: 400, code: 1199000, zh: '请求体不是 JSON 对象', en: 'the body is not a JSON object' };
const refused = 'connect ECONNREFUSED';

const cases: Case[] = [
  ['a body that is not JSON', { line: create, data: '{"a":' }, notJson],
  ['a search that is not JSON', { line: `POST ${base}/search/0/2`, data: 'x' }, notJson],
  ['a ping that is not JSON', { line: `POST ${base}/ping`, data: 'x' }, notJson],
  ['a telnet that is not JSON', { line: `POST ${base}/telnet`, data: 'x' }, notJson],
  [
    'a wrong type',
    { line: create, data: { ...definition, subscription_name: 1 } },
    { status: 400, code: 1199000, zh: `'subscription_name' 类型错误`, en: `'subscription_name' is of the wrong type` },
  ],
  [
    'an id that is no integer',
    { line: `DELETE ${base}/0/2/1.5` },
    { status: 400, code: 1199000, zh: `'subscription_id' 类型错误`, en: `'subscription_id' is of the wrong type` },
  ],
  [
    'more than 5 MiB',
    { line: create, data: ' '.repeat(5 * 1024 * 1024 + 1) },
    { status: 413, code: 1199000, zh: '请求体超过 5 MiB', en: 'the body exceeds 5 MiB' },
  ],
  [
    'an unknown version',
    { line: 'POST /api/v2/event/subscribe/0/2', data: definition },
    {
      status: 404,
      code: 1199000,
      zh: '接口不存在，最接近的是 POST /api/v3/event/subscribe/{account}/{biz}',
      en: 'no such route, the nearest is POST /api/v3/event/subscribe/{account}/{biz}',
    },
  ],
  [
    'a missing field',
    { line: create, data: {} },
    { status: 400, code: 1199010, zh: `'SubscriptionName' 未赋值`, en: `'SubscriptionName' is not set` },
  ],
  [
    'a blank field',
    { line: create, data: { ...definition, subscription_form: ' , ' } },
    { status: 400, code: 1199010, zh: `'SubscriptionForm' 未赋值`, en: `'SubscriptionForm' is not set` },
  ],
  [
    'a value that is not valid',
    { line: create, data: { ...definition, max_attempts: 21 } },
    { status: 400, code: 1199006, zh: `'max_attempts' 无效：大于 20`, en: `'max_attempts' is not valid: more than 20` },
  ],
  [
    'a duplicate name',
    { line: create, data: definition },
    {
      status: 409,
      code: 1199014,
      zh: '数据唯一性校验失败， subscription_name 重复',
      en: 'data is not unique, subscription_name is a duplicate',
    },
  ],
  [
    'deleting an unknown subscription',
    { line: `DELETE ${base}/0/2/999` },
    { status: 404, code: 1103001, zh: '删除订阅失败：not found', en: 'deleting the subscription failed: not found' },
  ],
  [
    'updating an unknown subscription',
    { line: `PUT ${base}/0/2/999`, data: definition },
    { status: 404, code: 1103003, zh: '更新订阅失败：not found', en: 'updating the subscription failed: not found' },
  ],
  [
    'a ping without a receiver',
    { line: `POST ${base}/ping`, data: { callback_url: '127.0.0.1:1' } },
    { status: 400, code: 1103004, zh: `ping 失败：${refused}`, en: `ping failed: ${refused}` },
  ],
  [
    'a test without a receiver',
    { line: `POST ${base}/0/2/1/test` },
    { status: 400, code: 1103004, zh: `测试失败：${refused}`, en: `the test failed: ${refused}` },
  ],
  [
    'a test of an unknown subscription',
    { line: `POST ${base}/0/2/999/test` },
    { status: 404, code: 1103004, zh: '测试失败：not found', en: 'the test failed: not found' },
  ],
  [
    'a telnet without a receiver',
    { line: `POST ${base}/telnet`, data: { callback_url: '127.0.0.1:1' } },
    { status: 400, code: 1103005, zh: `telnet 失败：${refused}`, en: `telnet failed: ${refused}` },
  ],
  [
    'an unknown caller',
    { line: create, data: definition, headers: { 'X-Gateway-Token': 'wrong' } },
    { status: 401, code: 1199027, zh: '调用者身份未知', en: 'the caller is not known' },
  ],
  [
    'an account other than that of the path',
    { line: create, data: definition, headers: { HTTP_BK_SUPPLIER_ACCOUNT: 'other' } },
    { status: 403, code: 1199027, zh: '调用者没有权限', en: 'the caller is not allowed to do this' },
  ],
  [
    'the path of another account',
    { line: `POST ${base}/other/2`, data: definition, headers: { HTTP_BK_SUPPLIER_ACCOUNT: '0' } },
    { status: 403, code: 1199027, zh: '调用者没有权限', en: 'the caller is not allowed to do this' },
  ],
];
test.each(cases)('%s gets exactly the answer of the contract', (...one) => expectBoth(one));

describe.each([500, 503])('a failure of the database is answered with %d', (status) => {
  beforeAll(async () => {
    if (status === 500) await database.query('ALTER TABLE subscriptions RENAME TO elsewhere');
    else await proxy.close();
  });
  afterAll(async () => {
    if (status === 500) await database.query('ALTER TABLE elsewhere RENAME TO subscriptions');
  });

  const failures: Case[] = [
    [
      'create',
      { line: create, data: definition },
      { status, code: 1103000, zh: '新增订阅失败', en: 'creating the subscription failed' },
    ],
    [
      'delete',
      { line: `DELETE ${base}/0/2/999` },
      { status, code: 1103001, zh: '删除订阅失败', en: 'deleting the subscription failed' },
    ],
    [
      'search',
      { line: `POST ${base}/search/0/2` },
      { status, code: 1103002, zh: '查询订阅失败', en: 'searching subscriptions failed' },
    ],
    [
      'update',
      { line: `PUT ${base}/0/2/999`, data: definition },
      { status, code: 1103003, zh: '更新订阅失败', en: 'updating the subscription failed' },
    ],
  ];
  test.each(failures)('%s', (...one) => expectBoth(one));
});

test('none of these requests changed a subscription', async () => {
  const { rows } = await database.query('SELECT id::int, name FROM subscriptions');
  expect(rows).toEqual([{ id: taken, name: definition.subscription_name }]);
});
