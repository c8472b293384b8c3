import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPrivatePostgres } from '@callbus/testing/servers/private-postgres';
import type { PrivateServer } from '@callbus/testing/servers/private-server';
import { waitFor } from '@callbus/testing/wait-for';
import { endDelivery } from './support/end-delivery.js';
import { eventHeaders } from './support/event-headers.js';
import { create, failure, sample, subscribe, success, type Call } from './support/call.js';
import { openService, useService, workers, type OpenService } from './support/open-service.js';

type FailingCall = readonly [what: string, line: (id: number) => string, code: number, message: string];

const changes: readonly FailingCall[] = [
  ['create', () => `POST ${subscribe}/0/2`, 1103000, '新增订阅失败'],
  ['update', (id) => `PUT ${subscribe}/0/2/${id}`, 1103003, '更新订阅失败'],
  ['delete', (id) => `DELETE ${subscribe}/0/2/${id}`, 1103001, '删除订阅失败'],
];

describe('while the broker is away', () => {
  const service = useService();
  const { call } = service;
  let id: number;
  beforeAll(async () => {
    id = await create(call);
    await service.broker.close();
  });

  test.each(changes)('%s is refused, and nothing is changed', async (_what, line, code, message) => {
    const answer = await call(line(id), { ...sample, subscription_name: 'changed' });
    expect(answer).toMatchObject({ status: 503, body: failure(code, message), headers: { 'retry-after': '5' } });
    const { rows } = await service.pool.query('SELECT name FROM subscriptions');
    expect(rows).toEqual([{ name: 'mysubscribe' }]);
  });

  test('an invalid body is still refused', async () => {
    expect(await call(`POST ${subscribe}/0/2`, {})).toMatchObject({ status: 400 });
  });

  test('a search is answered', async () => {
    expect(await call(`POST ${subscribe}/search/0/2`)).toMatchObject({ status: 200, body: { data: { count: 1 } } });
  });
});

describe('while Redis is away', () => {
  const service = useService({ redisUrl: 'redis://127.0.0.1:1' });
  const { call } = service;

  test('a search is answered with a warning and without figures', async () => {
    const id = await create(call);
    expect(await call(`POST ${subscribe}/search/0/2`)).toMatchObject({
      status: 200,
      body: success({
        count: 1,
        info: [{ subscription_id: id, statistics: { total: null, failure: null } }],
        warning: 'statistics are not available',
      }),
    });
    expect(await call(`GET ${subscribe}/0/2/${id}`)).toMatchObject({
      status: 200,
      body: success({ subscription_id: id, statistics: { total: null, failure: null } }),
    });
  });

  test('attempts and traces are answered with 503', async () => {
    const id = await create(call, { subscription_name: 'traced' });
    const away = { status: 503, headers: { 'retry-after': '5' } };
    expect(await call(`GET ${subscribe}/0/2/${id}/attempts`)).toMatchObject({
      ...away,
      body: failure(1103006, '查询投递记录失败'),
    });
    expect(await call('GET /api/v3/event/trace/0/e1', undefined, { HTTP_BLUEKING_LANGUAGE: 'en' })).toMatchObject({
      ...away,
      body: failure(1103009, 'tracing the event failed'),
    });
  });

  test('a subscription can be deleted', async () => {
    const id = await create(call, { subscription_name: 'other' });
    expect(await call(`DELETE ${subscribe}/0/2/${id}`)).toMatchObject({ status: 200, body: success('success') });
  });
});

describe('while Postgres is away', () => {
  let postgres: PrivateServer;
  let service: OpenService;
  let call: Call;
  let id: number;
  beforeAll(async () => {
    postgres = await startPrivatePostgres();
    service = await openService({ databaseUrl: postgres.url });
    call = service.call;
    id = await create(call);
    await postgres.stop();
  });
  afterAll(async () => {
    await service.close();
    await postgres.remove();
  });

  test.each<FailingCall>([
    ...changes,
    ['search', () => `POST ${subscribe}/search/0/2`, 1103002, '查询订阅失败'],
    ['attempts', (id) => `GET ${subscribe}/0/2/${id}/attempts`, 1103006, '查询投递记录失败'],
    [
      'a list of undelivered events',
      (id) => `GET ${subscribe}/0/2/${id}/undelivered`,
      1103007,
      '查询或删除未送达事件失败',
    ],
    [
      'a deletion of undelivered events',
      (id) => `DELETE ${subscribe}/0/2/${id}/undelivered`,
      1103007,
      '查询或删除未送达事件失败',
    ],
    ['a replay', (id) => `POST ${subscribe}/0/2/${id}/undelivered/replay`, 1103008, '重新投递失败'],
    ['the state of a replay', (id) => `GET ${subscribe}/0/2/${id}/undelivered/replay/1`, 1103008, '重新投递失败'],
    [
      'the cancellation of a replay',
      (id) => `DELETE ${subscribe}/0/2/${id}/undelivered/replay/1`,
      1103008,
      '重新投递失败',
    ],
  ])('%s fails with its own code', async (what, line, code, message) => {
    const answer = await call(line(id), what === 'search' ? {} : { ...sample, all: true });
    expect(answer).toMatchObject({ status: 503, body: failure(code, message), headers: { 'retry-after': '5' } });
  });

  test.each(['', '/1'])('workers get 503 rather than a wrong answer: GET /internal/subscriptions%s', async (path) => {
    const answer = await call(`GET /internal/subscriptions${path}`, undefined, workers);
    expect(answer).toMatchObject({ status: 503, body: { message: 'cannot be answered now' } });
  });

  test('the service stays ready', async () => {
    expect(await call('GET /readyz')).toMatchObject({ status: 200 });
  });

  test('undelivered events wait, and are stored once Postgres is back', async () => {
    const headers = { ...eventHeaders, subscription: id, attempt: 10, parked: 0 };
    let attempts = 0;
    const worker = await service.broker.consume('deliveries', {
      prefetch: 1,
      handle: (message) => {
        attempts += 1;
        return Promise.resolve(endDelivery(message, { reason: 'exhausted' }));
      },
    });
    await service.broker.publishDelivery({ headers, body: Buffer.from('{}') });
    await waitFor(() => attempts === 1, { what: 'the last attempt' });
    await worker.stop();
    await postgres.start();
    const stored = async () => (await service.pool.query('SELECT FROM undelivered')).rowCount === 1;
    await waitFor(stored, { what: 'the row' });
    expect(await call(`POST ${subscribe}/search/0/2`)).toMatchObject({ status: 200, body: { data: { count: 1 } } });
  });
});

describe('while the disk of Postgres is full', () => {
  const service = useService();
  const { call } = service;
  let id: number;
  beforeAll(async () => {
    id = await create(call);
    await service.pool.query(
      `CREATE FUNCTION fail_for_full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE disk_full USING MESSAGE = 'could not extend file "base/1/1": No space left on device'; END $$;
       CREATE TRIGGER fail_for_full_disk BEFORE INSERT OR UPDATE OR DELETE ON subscriptions EXECUTE FUNCTION fail_for_full_disk()`,
    );
  });

  test.each(changes)('%s can be repeated later', async (what, line, code, message) => {
    const answer = await call(line(id), { ...sample, subscription_name: what });
    expect(answer).toMatchObject({ status: 503, body: failure(code, message), headers: { 'retry-after': '5' } });
  });

  test('a search is answered', async () => {
    expect(await call(`POST ${subscribe}/search/0/2`)).toMatchObject({ status: 200, body: { data: { count: 1 } } });
  });
});
