import { beforeAll, describe, expect, test } from '@jest/globals';
import type { EventStep } from '@callbus/statistics/statistics';
import { waitFor } from '@callbus/testing/wait-for';
import { create, en, failure, subscribe, success } from '../support/call.js';
import { useService } from '../support/open-service.js';

const at = (n: number) => Date.UTC(2026, 0, 1, 0, 0, n);
const time = (n: number) => new Date(at(n)).toISOString();

const service = useService();
const { call } = service;

describe('attempts', () => {
  let id: number;
  beforeAll(async () => {
    id = await create(call);
    const attempt = { subscription: id, durationMs: 12, answer: 'busy', status: 503 };
    service.statistics.recordAttempt({ ...attempt, eventId: 'e1', attempt: 1, outcome: 'refused', at: at(1) });
    service.statistics.recordAttempt({
      ...attempt,
      eventId: 'e2',
      attempt: 1,
      outcome: 'timeout',
      status: null,
      at: at(2),
    });
    service.statistics.recordAttempt({
      ...attempt,
      eventId: 'e1',
      attempt: 2,
      outcome: 'confirmed',
      status: 200,
      at: at(3),
    });
    const total = async () => (await service.statistics.totals([id])).get(id)?.total;
    await waitFor(async () => (await total()) === 3, { what: 'the attempts' });
  });

  test('are answered newest first', async () => {
    const { status, body } = await call(`GET ${subscribe}/0/2/${id}/attempts`);
    expect(status).toBe(200);
    const item = { duration_ms: 12, answer: 'busy' };
    expect(body).toEqual(
      success({
        count: 3,
        info: [
          { ...item, event_id: 'e1', attempt: 2, outcome: 'confirmed', status: 200, at: time(3) },
          { ...item, event_id: 'e2', attempt: 1, outcome: 'timeout', status: null, at: time(2) },
          { ...item, event_id: 'e1', attempt: 1, outcome: 'refused', status: 503, at: time(1) },
        ],
      }),
    );
  });

  test.each([
    ['event_id=e1', [3, 1]],
    ['outcome=timeout', [2]],
    ['event_id=e1&outcome=refused', [1]],
    ['limit=2', [3, 2]],
    ['limit=1&event_id=e1', [3]],
    ['event_id=&outcome=&limit=', [3, 2, 1]],
    ['event_id=unknown', []],
  ])('are selected by %s', async (query, seconds) => {
    const { body } = await call(`GET ${subscribe}/0/2/${id}/attempts?${query}`);
    const { data } = body as { data: { count: number; info: { at: string }[] } };
    expect(data.info.map((item) => item.at)).toEqual(seconds.map(time));
    expect(data.count).toBe(seconds.length);
  });

  test.each([
    ['limit=1001', 1199006, `'limit' is not valid: more than 1000`],
    ['limit=0', 1199006, `'limit' is not valid: less than 1`],
    ['limit=many', 1199000, `'limit' is of the wrong type`],
    ['outcome=lost', 1199006, `'outcome' is not valid: none of confirmed, refused, timeout, error, unsent`],
    ['event_id=a&event_id=b', 1199000, `'event_id' is of the wrong type`],
  ])('are refused for %s', async (query, code, message) => {
    const answer = await call(`GET ${subscribe}/0/2/${id}/attempts?${query}`, undefined, en);
    expect(answer).toMatchObject({ status: 400, body: failure(code, message) });
  });

  test('are answered with 404 for an unknown subscription or another account', async () => {
    for (const target of ['0/2/999999999', `other/2/${id}`]) {
      const line = `GET ${subscribe}/${target}/attempts`;
      expect(await call(line)).toMatchObject({ status: 404, body: failure(1103006, '查询投递记录失败：not found') });
      expect(await call(line, undefined, en)).toMatchObject({
        body: failure(1103006, 'reading the attempts failed: not found'),
      });
    }
  });
});

describe('the trace of an event', () => {
  const eventOf = (eventId: string, account = '0') => ({ account, eventId });
  const traceOf = async (eventId: string, account = '0') => {
    const line = `GET /api/v3/event/trace/${account}/${encodeURIComponent(eventId)}`;
    await waitFor(async () => (await call(line)).status === 200, { what: `the trace of ${eventId}` });
    return ((await call(line)).body as { data: unknown }).data;
  };
  const record = (steps: readonly EventStep[]) => steps.forEach((step) => service.statistics.recordStep(step));

  test('has the matched subscriptions, each attempt, and the state of each delivery', async () => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    const ids = await Promise.all(names.map((name) => create(call, { subscription_name: name })));
    const [delivered = 0, retried = 0, held = 0, exhausted = 0, queued = 0] = ids;
    const deleted = 999_999_999;
    const event = eventOf('acs.oss/ä 1');
    const attempt = { ...event, kind: 'attempt' as const, attempt: 1, durationMs: 7 };
    record([
      {
        ...event,
        kind: 'matched',
        at: at(1),
        receivedAt: at(0),
        name: 'a.b',
        bus: 'main',
        subscriptions: [...ids, deleted],
      },
      { ...attempt, at: at(2), subscription: delivered, outcome: 'confirmed', status: 200 },
      { ...attempt, at: at(3), subscription: retried, outcome: 'timeout', status: null },
      { ...event, kind: 'waiting', at: at(3), subscriptions: [retried], until: at(8), because: 'retry' },
      { ...event, kind: 'ended', at: at(3), subscription: held, how: 'undelivered', reason: 'held' },
      { ...attempt, at: at(4), subscription: exhausted, outcome: 'refused', status: 500 },
      { ...event, kind: 'ended', at: at(4), subscription: exhausted, how: 'undelivered', reason: 'exhausted' },
      { ...event, kind: 'ended', at: at(5), subscription: deleted, how: 'dropped' },
    ]);
    await waitFor(async () => (await service.statistics.trace('0', event.eventId)).steps.length === 8, {
      what: 'the steps',
    });

    const delivery = { waiting_until: null, because: null, ended_at: null, attempts: [] };
    const made = (n: number, outcome: string, status: number | null) => [
      { attempt: 1, outcome, status, duration_ms: 7, at: time(n) },
    ];
    expect(await traceOf(event.eventId)).toEqual({
      since: expect.any(String),
      event_id: 'acs.oss/ä 1',
      event_name: 'a.b',
      event_bus_id: 'main',
      received_at: time(0),
      subscriptions: [
        {
          ...delivery,
          subscription_id: delivered,
          subscription_name: 'one',
          state: 'delivered',
          ended_at: time(2),
          attempts: made(2, 'confirmed', 200),
        },
        {
          ...delivery,
          subscription_id: retried,
          subscription_name: 'two',
          state: 'waiting',
          waiting_until: time(8),
          because: 'retry',
          attempts: made(3, 'timeout', null),
        },
        { ...delivery, subscription_id: held, subscription_name: 'three', state: 'held', because: 'held' },
        {
          ...delivery,
          subscription_id: exhausted,
          subscription_name: 'four',
          state: 'undelivered',
          because: 'exhausted',
          ended_at: time(4),
          attempts: made(4, 'refused', 500),
        },
        { ...delivery, subscription_id: queued, subscription_name: 'five', state: 'queued' },
        { ...delivery, subscription_id: deleted, subscription_name: null, state: 'dropped', ended_at: time(5) },
      ],
    });
  });

  test('has no subscriptions when none matched', async () => {
    record([
      { ...eventOf('e1'), kind: 'matched', at: at(1), receivedAt: at(0), name: 'a.b', bus: '', subscriptions: [] },
    ]);
    expect(await traceOf('e1')).toEqual({
      since: expect.any(String),
      event_id: 'e1',
      event_name: 'a.b',
      event_bus_id: null,
      received_at: time(0),
      subscriptions: [],
    });
  });

  test('belongs to one account, although another account uses the same event id', async () => {
    const matched = { kind: 'matched' as const, at: at(1), receivedAt: at(0), bus: '', subscriptions: [] };
    record([
      { ...eventOf('same', 'ours'), ...matched, name: 'of ours' },
      { ...eventOf('same', 'theirs'), ...matched, name: 'of theirs' },
    ]);
    expect(await traceOf('same', 'ours')).toMatchObject({ event_name: 'of ours' });
    expect(await traceOf('same', 'theirs')).toMatchObject({ event_name: 'of theirs' });
    expect(await call('GET /api/v3/event/trace/0/same')).toMatchObject({ status: 404 });
  });

  test('is answered with 404 for an unknown event, with the time since when traces are kept', async () => {
    const line = 'GET /api/v3/event/trace/0/unknown';
    const { since } = await service.statistics.trace('0', 'unknown');
    const time = new Date(since).toISOString();
    expect(await call(line)).toMatchObject({
      status: 404,
      body: failure(1103009, `追踪事件失败：not found；追踪记录保留自 ${time}`),
    });
    expect(await call(line, undefined, en)).toMatchObject({
      body: failure(1103009, `tracing the event failed: not found; traces are kept since ${time}`),
    });
  });
});
