import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openApis, type OpenApis } from '../support/open-apis.js';

/** The requests of clients of the original APIs, literally where that matters. docs/clients.md names these clients. */

let apis: OpenApis;
beforeAll(async () => {
  apis = await openApis();
});
afterAll(() => apis.close());
beforeEach(() => apis.clear());

interface Envelope {
  readonly result: boolean;
  readonly data: { readonly subscription_id: number; readonly count: number; readonly info: Record<string, unknown>[] };
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(apis.url + path, { method, headers: { 'content-type': 'application/json', ...headers }, ...init });
}

async function cmdb(method: string, path: string, body?: unknown, headers = goHeaders): Promise<Envelope> {
  return (await (await ask(method, `/api/v3/event/subscribe/${path}`, body, headers)).json()) as Envelope;
}

const goHeaders: Record<string, string> = {
  HTTP_BLUEKING_SUPPLIER_ID: '0',
  BK_User: 'admin',
  HTTP_BLUEKING_LANGUAGE: 'zh-cn',
};

/** All fields of the struct, with the zero values that Go's encoder writes for unset ones. */
const goSubscription = {
  subscription_id: 0,
  subscription_name: '123',
  system_name: 'cmdb',
  callback_url: 'http://127.0.0.1:8080',
  confirm_mode: 'httpstatus',
  confirm_pattern: '200',
  time_out: 60,
  subscription_form: 'hostdelete',
  operator: '',
  bk_supplier_account: '',
  last_time: null,
  statistics: null,
};
const goSearch = (page: object) => ({
  fields: null,
  condition: null,
  page: { sort: 'subscription_id', limit: 10, start: 0, ...page },
});

describe('bk-cmdb’s Go client, in the order of its suite', () => {
  test('subscribes, searches, changes and unsubscribes', async () => {
    const first = await cmdb('POST', '0/0', goSubscription);
    const second = await cmdb('POST', '0/0', { ...goSubscription, subscription_name: 'dwe' });
    expect([first.result, second.result]).toEqual([true, true]);

    const both = await cmdb('POST', 'search/0/0', goSearch({}));
    expect(both.data.count).toBe(2);
    expect(both.data.info.map((item) => item['subscription_name'])).toEqual(['123', 'dwe']);
    const one = await cmdb('POST', 'search/0/0', goSearch({ limit: 1, start: 1 }));
    expect(one.data).toMatchObject({ count: 2, info: [{ subscription_name: 'dwe' }] });

    const changed = { ...goSubscription, subscription_name: '123d', subscription_form: 'hostcreate,hostdelete' };
    const id = first.data.subscription_id;
    expect(await cmdb('PUT', `0/0/${id}`, { ...changed, subscription_id: 1, confirm_pattern: '' })).toMatchObject({
      result: true,
    });
    expect(await cmdb('DELETE', `0/0/${second.data.subscription_id}`)).toMatchObject({ result: true });
    const left = await cmdb('POST', 'search/0/0', goSearch({}));
    const { operator, bk_supplier_account, last_time, statistics, ...asked } = changed;
    expect(left.data).toMatchObject({ count: 1, info: [{ ...asked, subscription_id: id, confirm_pattern: '200' }] });
    expect(await cmdb('DELETE', `0/0/${id}`)).toMatchObject({ result: true });
    expect(await cmdb('DELETE', `0/0/${id}`)).toMatchObject({ result: false });
    expect([operator, bk_supplier_account, last_time, statistics]).toEqual(['', '', null, null]);
  });

  test('gets the refusals that it expects, and no others', async () => {
    const { data } = await cmdb('POST', '0/0', goSubscription);
    for (const wrong of [
      { callback_url: '' },
      { confirm_mode: '' },
      { confirm_mode: '123' },
      { subscription_form: '' },
      { subscription_name: '' },
    ]) {
      const body = { ...goSubscription, subscription_name: 'other', ...wrong };
      expect(await cmdb('POST', '0/0', body)).toMatchObject({ result: false });
      expect(await cmdb('PUT', `0/0/${data.subscription_id}`, body)).toMatchObject({ result: false });
    }
    const taken = { ...goSubscription, confirm_mode: 'regular', confirm_pattern: '.*', time_out: 10 };
    expect(await cmdb('POST', '0/0', taken)).toMatchObject({ result: false });
    expect(await cmdb('PUT', '0/0/1000000', taken)).toMatchObject({ result: false });
    expect(await cmdb('POST', 'search/0/0', goSearch({ start: -1 }))).toMatchObject({ result: false });
    expect(await cmdb('POST', 'search/0/0', goSearch({ limit: -1 }))).toMatchObject({
      result: true,
      data: { count: 1 },
    });
    expect(await cmdb('PUT', `0/0/${data.subscription_id}`, taken)).toMatchObject({ result: true });
  });
});

test('bk-cmdb’s front end edits eight fields, with time-outs and pages of any size', async () => {
  const form = {
    subscription_name: 'push',
    system_name: 'system',
    callback_url: 'http://127.0.0.1:8080/callback',
    confirm_mode: 'httpstatus',
    confirm_pattern: '200',
    subscription_form: 'hostcreate,hostupdate',
  };
  const { data } = await cmdb('POST', '0/0', { ...form, time_out: 120, enabled: false, headers: { 'x-tag': 'a' } });
  for (const [time_out, kept] of [
    [0, 10],
    [-1, 10],
    [120, 60],
  ]) {
    const edit = { ...form, subscription_id: data.subscription_id, time_out };
    expect(await cmdb('PUT', `0/0/${data.subscription_id}`, edit)).toMatchObject({ result: true });
    for (const limit of [10, 50, 500, 999_999_999, 0]) {
      const condition = { subscription_name: { $regex: 'PU', $options: 'i' } };
      const found = await cmdb('POST', 'search/0/0', { page: { start: 0, limit, sort: '-last_time' }, condition });
      expect(found.data).toMatchObject({
        count: 1,
        info: [{ ...form, time_out: kept, statistics: { failure: 0 }, enabled: false, headers: { 'x-tag': 'a' } }],
      });
    }
  }
});

test.each(['0', 'tencent'])('BlueKing’s ESB manages account %s', async (account) => {
  const headers = {
    BK_USER: 'robot',
    HTTP_BLUEKING_LANGUAGE: 'en',
    HTTP_BK_SUPPLIER_ACCOUNT: account,
    HTTP_BLUEKING_SUPPLIER_ID: '0',
  };
  const named = { bk_app_code: 'esb_test', bk_username: 'robot', bk_supplier_account: account };
  const { timeout, ...definition } = { ...goSubscription, timeout: 10, time_out: undefined };
  const made = await cmdb('POST', `${account}/0`, { ...named, ...definition, timeout }, headers);
  expect(made.result).toBe(true);
  const search = { ...named, condition: { subscription_name: '123' }, page: { start: 0, limit: 10, sort: 'HostName' } };
  const { data } = await cmdb('POST', `search/${account}/0`, search, headers);
  expect(data).toMatchObject({ count: 1, info: [{ bk_supplier_account: account, operator: 'robot', timeout: 10 }] });
});

describe('Baidu’s SDK', () => {
  const signed = {
    'content-type': 'application/json;charset=UTF-8',
    'x-bce-date': '2026-11-26T05:56:42Z',
    authorization: 'bce-auth-v1/ak/2026-11-26T05:56:42Z/1800/content-type;host;x-bce-date/0',
  };

  const event = { source: 'App_DEMO', type: 'DEMO_EVENT', data: { info: 'info' } };

  test.each([
    ['the SDK', { events: [{ ...event, eventbusid: 'eb-x' }] }],
    ['the documents of 2025-11-27', { eventList: [{ ...event, eventbusname: 'cloud', id: 7 }] }],
  ])('publishes as in %s, and reads its request id', async (_what, body) => {
    const answer = await ask('POST', '/v1/event-bus/recv', body, signed);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-bce-request-id')).toBe(answer.headers.get('x-request-id'));
    expect(await answer.json()).toMatchObject({ events: [event] });
  });

  test('gets the error of an unknown path in its own form', async () => {
    const answer = await ask('POST', '/v1/event-bus/event/receive', {}, signed);
    expect(answer.status).toBe(404);
    const requestId = answer.headers.get('x-bce-request-id');
    expect(await answer.json()).toEqual({
      requestId,
      code: 'NOT_FOUND',
      message: expect.stringMatching(/^no such route, the nearest is POST /) as unknown,
    });
  });
});
