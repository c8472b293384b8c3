import { beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { create, failure, sample } from '../support/call.js';
import { useService, workers } from '../support/open-service.js';

const search = 'POST /api/v3/event/subscribe/search/0/2';
const attempt = { eventId: 'e', attempt: 1, status: 200, durationMs: 1, answer: '', at: 0 };

const service = useService();
const { call } = service;
let ids: number[];

beforeAll(async () => {
  const regular = { confirm_mode: 'regular', confirm_pattern: 'ok', timeout: 20, event_bus_id: 'bus' };
  ids = [
    await create(call, { subscription_name: 'alpha', system_name: 'one', subscription_form: 'b,a' }),
    await create(call, { subscription_name: 'beta', system_name: 'two', ...regular, headers: { z: '1', a: '2' } }),
    await create(call, { subscription_name: 'gamma', system_name: 'two', enabled: false }, '0/3'),
  ];
  await create(call, {}, 'other/2');
});

interface Found {
  readonly count: number;
  readonly info: readonly Record<string, unknown>[];
}

async function find(body?: object): Promise<Found> {
  const answer = await call(search, body);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return (answer.body as { data: Found }).data;
}

async function namesOf(body: object): Promise<unknown[]> {
  return (await find(body)).info.map((item) => item['subscription_name']);
}

describe('a search', () => {
  test('without a body answers all subscriptions of the account, of any business', async () => {
    const { count, info } = await find();
    expect(count).toBe(3);
    expect(info.map((item) => item['subscription_id'])).toEqual(ids);
    expect(info[1]).toEqual({
      subscription_id: ids[1],
      subscription_name: 'beta',
      system_name: 'two',
      callback_url: 'http://127.0.0.1:8080/callback',
      confirm_mode: 'regular',
      confirm_pattern: 'ok',
      subscription_form: 'hostcreate,hostupdate',
      timeout: 20,
      time_out: 20,
      operator: '',
      bk_supplier_account: '0',
      bk_biz_id: 2,
      last_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      statistics: { total: 0, failure: 0 },
      description: '',
      enabled: true,
      disabled_reason: null,
      payload_format: 'source',
      event_bus_id: 'bus',
      headers: { z: '1', a: '2' },
      max_attempts: 10,
      max_in_flight: 64,
      verification: 'none',
      verified: null,
      verification_failure: null,
    });
  });

  test('answers last_time in UTC+8', async () => {
    await service.pool.query(`UPDATE subscriptions SET saved_at = '2017-09-19T20:07:52Z' WHERE id = $1`, [ids[0]]);
    const { info } = await find({ condition: { last_time: '2017-09-20 04:07:52' } });
    expect(info).toMatchObject([{ subscription_id: ids[0], last_time: '2017-09-20 04:07:52' }]);
    expect(await namesOf({ page: { sort: 'last_time' } })).toEqual(['alpha', 'beta', 'gamma']);
  });

  test('answers the statistics', async () => {
    for (const outcome of ['confirmed', 'refused', 'timeout'] as const)
      service.statistics.recordAttempt({ ...attempt, subscription: ids[0] ?? 0, outcome });
    await waitFor(async () => (await service.statistics.totals(ids)).get(ids[0] ?? 0)?.total === 3, {
      what: 'the figures',
    });
    const { info } = await find({ fields: ['subscription_name', 'statistics', 'no such field'] });
    expect(info[0]).toEqual({ subscription_name: 'alpha', statistics: { total: 3, failure: 2 } });
  });

  test.each([
    [{ subscription_name: 'beta' }, ['beta']],
    [{ system_name: 'two', enabled: true }, ['beta']],
    [{ subscription_name: { $in: ['gamma', 'alpha', 'unknown'] } }, ['alpha', 'gamma']],
    [{ subscription_name: { $in: [] } }, []],
    [{ subscription_name: { $nin: ['gamma', 'unknown'] } }, ['alpha', 'beta']],
    [{ subscription_name: { $nin: [] } }, ['alpha', 'beta', 'gamma']],
    [{ event_bus_id: { $nin: ['bus'] } }, ['alpha', 'gamma']],
    [{ event_bus_id: { $ne: 'bus' } }, ['alpha', 'gamma']],
    [{ subscription_id: { $ne: 0 }, enabled: { $ne: false } }, ['alpha', 'beta']],
    [{ subscription_name: { $regex: '^AL' } }, []],
    [{ subscription_name: { $regex: '^AL', $options: 'i' } }, ['alpha']],
    [{ subscription_name: { $regex: '^(al|ga)' } }, ['alpha', 'gamma']],
    [{ subscription_name: { $regex: 'a$', $in: ['beta'] } }, ['beta']],
    [{ subscription_form: 'a,b' }, ['alpha']],
    [{ subscription_form: { $regex: 'hostcreate' } }, ['beta', 'gamma']],
    [{ confirm_mode: 2 }, ['beta']],
    [{ timeout: 20 }, ['beta']],
    [{ time_out: { $in: [10] } }, ['alpha', 'gamma']],
    [{ event_bus_id: 'bus' }, ['beta']],
    [{ enabled: { $in: [false] } }, ['gamma']],
    [{ bk_biz_id: 2, bk_supplier_account: '0', payload_format: 'source' }, ['alpha', 'beta']],
    [{ bk_biz_id: 3 }, ['gamma']],
    [{ max_attempts: 10, max_in_flight: 64, operator: '', confirm_pattern: 'ok' }, ['beta']],
    [{ callback_url: { $regex: '8080' }, last_time: { $regex: '^20' } }, ['alpha', 'beta', 'gamma']],
    [{ subscription_name: "x' OR '1'='1" }, []],
  ])('with the condition %j finds %j', async (condition, names) => {
    expect(await namesOf({ condition })).toEqual(names);
  });

  test('finds a subscription by its id', async () => {
    expect(await namesOf({ condition: { subscription_id: ids[2] } })).toEqual(['gamma']);
  });

  test.each([
    ['-subscription_name', ['gamma', 'beta', 'alpha']],
    ['-system_name,subscription_name', ['beta', 'gamma', 'alpha']],
    ['no_such_field,-subscription_id', ['gamma', 'beta', 'alpha']],
  ])('is sorted by %s', async (sort, names) => {
    expect(await namesOf({ page: { sort } })).toEqual(names);
  });

  test('counts all matches, not only those of the page', async () => {
    const { count, info } = await find({ page: { start: 1, limit: 1 } });
    expect([count, info.length, info[0]?.['subscription_name']]).toEqual([3, 1, 'beta']);
    expect(await find({ page: { start: 50 } })).toMatchObject({ count: 3, info: [] });
  });

  test('refuses a regular expression that Postgres refuses', async () => {
    expect(await call(search, { condition: { subscription_name: { $regex: '(' } } })).toMatchObject({
      status: 400,
      body: failure(1199006, `'condition' 无效：不是正则表达式`),
    });
  });

  test('refuses an unknown field', async () => {
    const { status, body } = await call(search, { condition: { secret: 'x' } }, { HTTP_BLUEKING_LANGUAGE: 'en' });
    const message = `'condition.secret' is not valid: not a field to search by`;
    expect({ status, body }).toEqual({ status: 400, body: failure(1199006, message) });
  });
});

describe('a large search', () => {
  /** This account has eight rows of more than 2 MB. The other one has five copies of each, which the costly expression takes seconds to search. */
  const large = 'POST /api/v3/event/subscribe/search/large/1';
  const larger = 'POST /api/v3/event/subscribe/search/larger/1';
  const costly = { condition: { subscription_form: { $regex: '[あb]*あ[あb]{240}c' } } };
  beforeAll(async () => {
    const letters = (n: number) =>
      Array.from({ length: 950 }, (_, place) => ((n * place * place) % 7 < 5 ? 'あ' : 'b')).join('');
    for (let n = 1; n <= 8; n += 1) {
      const subscription_form = Array.from({ length: 1_000 }, (_, place) => `${place}${letters(n + place)}`).join(',');
      await create(call, { subscription_name: `large ${n}`, subscription_form }, 'large/1');
    }
    for (const copy of [1, 2, 3, 4, 5]) {
      await service.pool.query(
        `INSERT INTO subscriptions OVERRIDING SYSTEM VALUE SELECT copied.*
         FROM subscriptions s, jsonb_populate_record(s, jsonb_build_object(
           'id', 1000 * $1 + s.id, 'account', 'larger', 'name', s.name || ' ' || $1)) copied
         WHERE s.account = 'large'`,
        [copy],
      );
    }
  });

  test('answers at most 16 MiB of rows, and counts all', async () => {
    const { rows } = await service.pool.query<{ bytes: number }>(
      `SELECT bytes FROM subscriptions WHERE account = 'large' ORDER BY id`,
    );
    let bytes = 0;
    const fitting = rows.filter((row) => (bytes += row.bytes) <= 16 * 1024 * 1024).length;
    expect(fitting).toBeLessThan(8);
    const { status, body } = await call(large, {});
    expect(status).toBe(200);
    const { data } = body as { data: Found };
    expect([data.count, data.info.length]).toEqual([8, fitting]);
    const rest = await call(large, { page: { start: fitting } });
    expect((rest.body as { data: Found }).data.info).toHaveLength(8 - fitting);
  });

  test('is refused when its regular expression takes too long', async () => {
    const message = `'condition' is not valid: the regular expression takes too long`;
    expect(await call(larger, costly, { HTTP_BLUEKING_LANGUAGE: 'en' })).toMatchObject({
      status: 400,
      body: failure(1199006, message),
    });
  });

  test('of one account does not fail the calls of others, and is refused with a time to wait', async () => {
    const seen = new Map<number, number>();
    let isOver = false;
    const flood = Array.from({ length: 20 }, async () => {
      while (!isOver) {
        const { status, headers } = await call(larger, costly);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        if (status === 429) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
      }
    });
    const others: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const answers = await Promise.all([
        call('POST /api/v3/event/subscribe/modest/1', { ...sample, subscription_name: `${n}` }),
        call('POST /api/v3/event/subscribe/search/modest/1', {}),
        call('GET /internal/subscriptions/1', undefined, workers),
      ]);
      others.push(...answers.map(({ status }) => status));
    }
    isOver = true;
    await Promise.all(flood);
    expect(others.filter((status) => status >= 429)).toEqual([]);
    expect([...seen.keys()].every((status) => status === 400 || status === 429)).toBe(true);
    expect(seen.get(429)).toBeGreaterThan(0);
  });
});
