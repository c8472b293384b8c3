import { beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { create, en, failure, sample, subscribe, success } from '../support/call.js';
import { useService } from '../support/open-service.js';

const service = useService();
const { call } = service;
beforeEach(() => service.pool.query('DELETE FROM subscriptions'));

async function stored(id: number) {
  const { rows } = await service.pool.query<Record<string, unknown>>('SELECT * FROM subscriptions WHERE id = $1', [id]);
  return rows[0];
}

describe('create', () => {
  test('answers the id, records the caller, and has announced the subscription to the workers', async () => {
    const headers = { BK_User: 'admin', HTTP_BK_SUPPLIER_ACCOUNT: '0', HTTP_BLUEKING_SUPPLIER_ID: '0' };
    const { status, body } = await call(`POST ${subscribe}/0/2`, { ...sample, headers: { 'X-Tenant': 'a' } }, headers);
    const { id, revision, operator } = (await service.pool.query('SELECT * FROM subscriptions')).rows[0] as Record<
      string,
      unknown
    >;
    expect(status).toBe(200);
    expect(body).toEqual(success({ subscription_id: id }));
    expect(operator).toBe('admin');
    await waitFor(() => service.changes.length > 0, { what: 'the announcement' });
    expect(service.changes.at(-1)).toEqual({
      kind: 'saved',
      epoch: expect.any(Number),
      subscription: {
        id,
        revision,
        account: '0',
        name: 'mysubscribe',
        enabled: true,
        callbackUrl: 'http://127.0.0.1:8080/callback',
        confirmMode: 'httpstatus',
        confirmPattern: '200',
        eventNames: ['hostcreate', 'hostupdate'],
        eventBusId: null,
        timeoutMs: 10_000,
        payloadFormat: 'source',
        headers: { 'x-tenant': 'a' },
        maxAttempts: 10,
        maxInFlight: 64,
        secrets: [],
      },
    });
  });

  test('by concurrent callers with one name succeeds for exactly one of them', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(`POST ${subscribe}/0/2`, sample)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
    const taken = answers.find(({ status }) => status === 409);
    expect(taken?.body).toEqual(failure(1199014, '数据唯一性校验失败， subscription_name 重复'));
  });

  test('requires a name that is unique within the account, over all businesses', async () => {
    await create(call);
    expect(await call(`POST ${subscribe}/0/3`, sample, en)).toMatchObject({
      status: 409,
      body: failure(1199014, 'data is not unique, subscription_name is a duplicate'),
    });
    await create(call, {}, 'other/2');
  });

  test.each([
    ['a missing field', {}, 400, failure(1199010, `'SubscriptionName' 未赋值`)],
    ['a value', { ...sample, max_attempts: 21 }, 400, failure(1199006, `'max_attempts' 无效：大于 20`)],
    ['a type', { ...sample, timeout: '1' }, 400, failure(1199000, `'timeout' 类型错误`)],
    ['no body', undefined, 400, failure(1199000, '请求体不是 JSON 对象')],
    ['a body that is not JSON', '{"subscription_name":', 400, failure(1199000, '请求体不是 JSON 对象')],
  ])('refuses %s', async (_what, data, status, body) => {
    expect(await call(`POST ${subscribe}/0/2`, data)).toMatchObject({ status, body });
  });

  test('refuses a body of more than 5 MiB, and accepts a smaller one', async () => {
    const padded = (bytes: number) => JSON.stringify({ ...sample, padding: 'x'.repeat(bytes) });
    const more = { maxBodyLength: Infinity };
    expect(await call(`POST ${subscribe}/0/2`, padded(5 * 1024 * 1024), {}, more)).toMatchObject({
      status: 413,
      body: failure(1199000, '请求体超过 5 MiB'),
    });
    expect(await call(`POST ${subscribe}/0/2`, padded(5 * 1024 * 1024 - 1_000), en, more)).toMatchObject({
      status: 200,
    });
  });

  test('ignores the content type', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await call(`POST ${subscribe}/0/2`, JSON.stringify(sample), headers)).toMatchObject({ status: 200 });
  });
});

test.each<[BufferEncoding, number, string]>([
  ['utf8', 200, 'gbk'],
  ['latin1', 400, 'latin1'],
  ['utf16le', 400, 'utf-16le'],
])('a body in %s is answered with %d, with any charset in its type', async (encoding, status, charset) => {
  const body = Buffer.from(JSON.stringify({ ...sample, system_name: 'ä' }), encoding);
  const headers = { 'content-type': `application/json; charset=${charset}` };
  expect(await call(`POST ${subscribe}/0/2`, body, headers)).toMatchObject({ status });
});

describe('an unsupported Content-Encoding', () => {
  test('is refused with the supported ones', async () => {
    const zip = { 'content-encoding': 'zip', HTTP_BLUEKING_LANGUAGE: 'en' };
    expect(await call(`POST ${subscribe}/0/2`, '{}', zip)).toMatchObject({
      status: 415,
      body: failure(1199000, 'the Content-Encoding is not supported'),
      headers: { 'accept-encoding': 'gzip, x-gzip, deflate, br, identity' },
    });
  });
});

describe('update', () => {
  test('by PUT replaces the fields of the original, assigns a higher revision and is announced', async () => {
    const id = await create(call, { system_name: 'x', timeout: 7, enabled: false, description: 'why' });
    const before = await stored(id);
    const changed = { ...sample, subscription_name: 'renamed', timeout: undefined, system_name: undefined };
    const { status, body } = await call(`PUT ${subscribe}/0/2/${id}`, changed, { BK_User: 'other' });
    expect({ status, body }).toEqual({ status: 200, body: success('success') });
    const after = await stored(id);
    expect(after).toMatchObject({ name: 'renamed', system_name: '', timeout_s: 10, operator: 'other' });
    expect(after).toMatchObject({ enabled: false, description: 'why' });
    expect(after?.['revision']).toBeGreaterThan(Number(before?.['revision']));
    await waitFor(
      () => service.changes.some((change) => change.kind === 'saved' && change.subscription.name === 'renamed'),
      { what: 'the announcement' },
    );
  });

  test('may keep its name, but not take the name of another subscription', async () => {
    const id = await create(call);
    await create(call, { subscription_name: 'taken' });
    expect(await call(`PUT ${subscribe}/0/2/${id}`, sample)).toMatchObject({ status: 200 });
    expect(await call(`PUT ${subscribe}/0/2/${id}`, { ...sample, subscription_name: 'taken' })).toMatchObject({
      status: 409,
      body: failure(1199014, '数据唯一性校验失败， subscription_name 重复'),
    });
  });

  test.each(['PUT', 'PATCH'])('by %s is answered with 404 for an unknown id or another account', async (how) => {
    const id = await create(call);
    for (const target of ['0/2/999999999', `other/2/${id}`]) {
      const { status, body } = await call(`${how} ${subscribe}/${target}`, {
        ...sample,
        subscription_name: 'stolen',
      });
      expect({ status, body }).toEqual({ status: 404, body: failure(1103003, '更新订阅失败：not found') });
    }
    const { body } = await call(`PUT ${subscribe}/0/2/999999999`, sample, en);
    expect(body).toEqual(failure(1103003, 'updating the subscription failed: not found'));
    expect(await stored(id)).toMatchObject({ name: 'mysubscribe' });
  });

  test('by PATCH changes the named fields and is announced', async () => {
    const id = await create(call, { system_name: 'x', timeout: 7, confirm_pattern: '202', headers: { a: 'b' } });
    const before = await stored(id);
    const patch = { enabled: false, description: 'paused', timeout: 120 };
    const { status, body } = await call(`PATCH ${subscribe}/0/2/${id}`, patch, { BK_User: 'other' });
    expect({ status, body }).toEqual({ status: 200, body: success('success') });
    const after = await stored(id);
    expect(after).toEqual({
      ...before,
      enabled: false,
      description: 'paused',
      timeout_s: 60,
      operator: 'other',
      revision: expect.any(Number),
      bytes: expect.any(Number),
      saved_at: expect.any(Date),
    });
    expect(after?.['revision']).toBeGreaterThan(Number(before?.['revision']));
    const announced = { id, enabled: false, timeoutMs: 60_000, confirmPattern: '202', headers: { a: 'b' } };
    await waitFor(
      () =>
        service.changes.some(
          (change) => change.kind === 'saved' && change.subscription.id === id && !change.subscription.enabled,
        ),
      { what: 'the announcement' },
    );
    expect(service.changes.at(-1)).toMatchObject({ kind: 'saved', subscription: announced });
  });

  test('by PATCH of a subscription that exceeds a limit changes other fields', async () => {
    const id = await create(call);
    const names = Array.from({ length: 1_001 }, (_, name) => `${name}`.padEnd(9, '.#'));
    await service.pool.query(
      `UPDATE subscriptions SET event_names = $2, callback_url = 'http://10.0.0.1/' WHERE id = $1`,
      [id, names],
    );
    expect(await call(`PATCH ${subscribe}/0/2/${id}`, { enabled: false })).toMatchObject({ status: 200 });
    expect(await stored(id)).toMatchObject({ enabled: false, event_names: names });
  });

  test('records the caller, whose name is UTF-8', async () => {
    const id = await create(call);
    const user = Buffer.from('运维 José').toString('latin1');
    expect(await call(`PATCH ${subscribe}/0/2/${id}`, {}, { BK_User: user })).toMatchObject({ status: 200 });
    expect(await stored(id)).toMatchObject({ operator: '运维 José' });
  });

  test('by PATCH of confirm_mode has to name the pattern of the new mode', async () => {
    const id = await create(call, { confirm_pattern: '200' });
    const patch = (body: object) => call(`PATCH ${subscribe}/0/2/${id}`, body, en);
    expect(await patch({ confirm_mode: 'regular' })).toMatchObject({
      status: 400,
      body: failure(1199006, `'confirm_pattern' is not valid: required when confirm_mode changes`),
    });
    expect(await stored(id)).toMatchObject({ confirm_mode: 'httpstatus', confirm_pattern: '200' });
    expect(await patch({ confirm_mode: 'regular', confirm_pattern: 'ok' })).toMatchObject({ status: 200 });
    expect(await patch({ confirm_mode: 'httpstatus', confirm_pattern: null })).toMatchObject({ status: 200 });
    expect(await stored(id)).toMatchObject({ confirm_mode: 'httpstatus', confirm_pattern: '200' });
  });

  test('is checked like create', async () => {
    const id = await create(call);
    expect(await call(`PUT ${subscribe}/0/2/${id}`, { ...sample, callback_url: '' })).toMatchObject({
      status: 400,
      body: failure(1199010, `'CallbackUrl' 未赋值`),
    });
  });

  test('by concurrent callers leaves the one with the highest revision', async () => {
    const id = await create(call);
    await Promise.all(
      Array.from({ length: 16 }, (_, index) => call(`PUT ${subscribe}/0/2/${id}`, { ...sample, timeout: index + 1 })),
    );
    const saved = () =>
      service.changes.flatMap((change) =>
        change.kind === 'saved' && change.subscription.id === id ? [change.subscription] : [],
      );
    await waitFor(() => saved().length === 17, { what: 'every announcement' });
    const last = saved().reduce((one, other) => (one.revision > other.revision ? one : other));
    const row = await stored(id);
    expect([row?.['revision'], Number(row?.['timeout_s']) * 1_000]).toEqual([last.revision, last.timeoutMs]);
    expect(new Set(saved().map(({ revision }) => revision)).size).toBe(17);
  });
});

describe('delete', () => {
  test('is announced, and deletes statistics and undelivered events', async () => {
    const id = await create(call);
    service.statistics.count(id, 'undelivered', 3);
    await waitFor(async () => (await service.statistics.totals([id])).get(id)?.undelivered === 3, {
      what: 'the figures',
    });
    await service.pool.query(
      `INSERT INTO undelivered (subscription_id, identity, headers, body, reason, attempts, received_at, failed_at)
       VALUES ($1, 'i', '{}', '', 'held', 0, now(), now())`,
      [id],
    );
    const before = await stored(id);
    expect(await call(`DELETE ${subscribe}/0/2/${id}`)).toMatchObject({ status: 200, body: success('success') });
    expect(await stored(id)).toBeUndefined();
    const rows = async () => (await service.pool.query('SELECT FROM undelivered')).rowCount;
    await waitFor(async () => (await rows()) === 0, { what: 'the undelivered events to go' });
    expect((await service.statistics.totals([id])).get(id)?.undelivered ?? 0).toBe(0);
    await waitFor(() => service.changes.some((change) => change.kind === 'deleted' && change.id === id), {
      what: 'the announcement',
    });
    const change = service.changes.find((one) => one.kind === 'deleted' && one.id === id);
    expect(change).toMatchObject({ revision: expect.any(Number) });
    expect(change?.kind === 'deleted' && change.revision).toBeGreaterThan(Number(before?.['revision']));
  });

  test('is answered with 404 for an unknown id or another account', async () => {
    const id = await create(call);
    for (const target of ['0/2/999999999', `other/2/${id}`]) {
      const { status, body } = await call(`DELETE ${subscribe}/${target}`);
      expect({ status, body }).toEqual({ status: 404, body: failure(1103001, '删除订阅失败：not found') });
    }
    const { body } = await call(`DELETE ${subscribe}/0/2/999999999`, undefined, en);
    expect(body).toEqual(failure(1103001, 'deleting the subscription failed: not found'));
    expect(await stored(id)).toBeDefined();
  });
});

describe('a business', () => {
  test('in a path does not matter: a subscription of another business is found, changed and deleted', async () => {
    const id = await create(call, {}, '0/3');
    const renamed = { ...sample, subscription_name: 'renamed' };
    expect(await call(`PUT ${subscribe}/0/0/${id}`, renamed)).toMatchObject({ status: 200 });
    expect(await call(`PATCH ${subscribe}/0/7/${id}`, { timeout: 3 })).toMatchObject({ status: 200 });
    expect(await call(`POST ${subscribe}/0/0/${id}/secret/rotate`)).toMatchObject({ status: 200 });
    for (const rest of ['attempts', 'undelivered'])
      expect(await call(`GET ${subscribe}/0/0/${id}/${rest}`)).toMatchObject({ status: 200 });
    expect(await call(`GET ${subscribe}/0/0/${id}`)).toMatchObject({
      status: 200,
      body: success({ ...renamed, subscription_id: id, bk_biz_id: 3, timeout: 3, time_out: 3 }),
    });
    expect(await call(`DELETE ${subscribe}/0/0/${id}`)).toMatchObject({ status: 200 });
  });
});

describe('one subscription', () => {
  test('is answered in the form of a search', async () => {
    const id = await create(call, { description: 'what it is for' });
    const { body } = await call('POST /api/v3/event/subscribe/search/0/2');
    const [found] = (body as { data: { info: unknown[] } }).data.info;
    expect(await call(`GET ${subscribe}/0/2/${id}`)).toMatchObject({ status: 200, body: success(found) });
    expect(found).toMatchObject({ description: 'what it is for', statistics: { total: 0, failure: 0 } });
  });

  test('is answered with 404 for an unknown id or another account', async () => {
    const id = await create(call);
    for (const target of ['0/2/999999999', `other/2/${id}`]) {
      const { status, body } = await call(`GET ${subscribe}/${target}`, undefined, en);
      expect({ status, body }).toEqual({
        status: 404,
        body: failure(1103002, 'searching subscriptions failed: not found'),
      });
    }
  });
});

describe('the language', () => {
  const languages: [headers: Record<string, string>, language: 'en' | 'zh'][] = [
    [{}, 'zh'],
    [en, 'en'],
    [{ HTTP_BLUEKING_LANGUAGE: 'zh-cn', 'Accept-Language': 'en' }, 'zh'],
    [{ HTTP_BLUEKING_LANGUAGE: 'fr', 'Accept-Language': 'en' }, 'en'],
    [{ 'Accept-Language': 'en-GB,en;q=0.9' }, 'en'],
    [{ 'Accept-Language': 'zh-TW,zh;q=0.9,en;q=0.8' }, 'zh'],
    [{ 'Accept-Language': 'de,en;q=0.5,zh;q=0.4' }, 'en'],
    [{ 'Accept-Language': '*' }, 'zh'],
    [{ 'Accept-Language': 'de' }, 'zh'],
  ];
  test.each(languages)('for the headers %j is %s', async (headers, language) => {
    const message = { en: 'the body is not a JSON object', zh: '请求体不是 JSON 对象' }[language];
    expect((await call(`POST ${subscribe}/0/2`, 'x', headers)).body).toEqual(failure(1199000, message));
  });
});

describe('a path', () => {
  test.each([
    [`POST ${subscribe}/0/x`, 400, failure(1199000, `'bk_biz_id' is of the wrong type`)],
    [`POST ${subscribe}/0/1.5`, 400, failure(1199000, `'bk_biz_id' is of the wrong type`)],
    [`POST ${subscribe}/0/9999999999999999`, 400, failure(1199000, `'bk_biz_id' is of the wrong type`)],
    [`PUT ${subscribe}/0/2/x`, 400, failure(1199000, `'subscription_id' is of the wrong type`)],
    [`DELETE ${subscribe}/0/2/-1`, 400, failure(1199000, `'subscription_id' is of the wrong type`)],
    [`POST ${subscribe}/a%00b/2`, 400, failure(1199000, `'bk_supplier_account' is of the wrong type`)],
    [
      `POST ${subscribe}/${encodeURIComponent('字'.repeat(86))}/2`,
      400,
      failure(1199000, `'bk_supplier_account' is of the wrong type`),
    ],
    [`POST ${subscribe}/%zz/2`, 404, failure(1199000, 'no such route')],
    [
      'POST /api/v2/event/subscribe/0/2',
      404,
      failure(1199000, `no such route, the nearest is POST ${subscribe}/{account}/{biz}`),
    ],
    ['POST /api/v3/event/queue', 404, failure(1199000, 'no such route, the nearest is GET /api/v3/event/queues')],
    [`GET ${subscribe}/0/2`, 404, failure(1199000, `no such route, the nearest is POST ${subscribe}/{account}/{biz}`)],
  ])('%s is answered with %d', async (line, status, body) => {
    expect(await call(line, line.startsWith('GET') ? undefined : sample, en)).toMatchObject({ status, body });
  });
});
