import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Consumer, ReceivedMessage } from '@callbus/broker/broker';
import { newestFormat } from '@callbus/contracts/messages/message-format';
import { putMessages } from '@callbus/testing/rabbitmq/put-message';
import { takeMessage } from '@callbus/testing/rabbitmq/take-message';
import { waitFor } from '@callbus/testing/wait-for';
import { eventHeaders } from '../support/event-headers.js';
import { create, failure, subscribe, success } from '../support/call.js';
import { useService } from '../support/open-service.js';

const event = { ...eventHeaders, account: 'ours' };
const body = Buffer.from('{"specversion":"1.0"}');
const newer = newestFormat + 1;

const service = useService();
const { call } = service;
/** The messages that came back to the queues of events and of deliveries. */
const came: (ReceivedMessage & { readonly queue: string })[] = [];

let consumers: readonly Consumer[] = [];

async function consumeAll(): Promise<void> {
  consumers = await Promise.all(
    (['events', 'deliveries'] as const).map((queue) =>
      service.broker.consume(queue, {
        prefetch: 10,
        handle: (message) => {
          came.push({ queue, ...message });
          return Promise.resolve({ kind: 'done' });
        },
      }),
    ),
  );
}

beforeAll(consumeAll);
beforeEach(async () => {
  await service.pool.query('DELETE FROM undelivered; DELETE FROM subscriptions');
  came.length = 0;
});

const put = (...messages: readonly { headers: Record<string, unknown>; body?: Buffer }[]) =>
  putMessages(
    service.amqpUrl,
    messages.map((message) => ({ routingKey: `${service.brokerPrefix}undelivered`, body, ...message })),
  );
/** The message header that contains the headers of Callbus. */
const callbus = (headers: object) => ({ callbus: JSON.stringify(headers) });
const aside = (reason: string, queue = 'events') => ({
  'x-callbus-aside': JSON.stringify({ queue, returns: 10, reason }),
});
const died = (reason: string, queue: string) => ({
  'x-death': [
    { queue: `${service.brokerPrefix}${queue}`, reason, count: 1 },
    { queue: `${service.brokerPrefix}retry.5s`, reason: 'expired', count: 3 },
  ],
});

interface Listed {
  readonly count: number;
  readonly info: readonly Record<string, unknown>[];
}

async function list(account = 'ours', query = ''): Promise<Listed> {
  const answer = await call(`GET /api/v3/event/undelivered/${account}${query}`);
  expect(answer).toMatchObject({ status: 200, body: { result: true } });
  return (answer.body as { data: Listed }).data;
}

async function kept(count: number, account = 'ours'): Promise<Listed> {
  return waitFor(
    async () => {
      const listed = await list(account);
      return listed.count === count ? listed : undefined;
    },
    { what: `${count} messages` },
  );
}

const dispatch = (fields: object, account = 'ours') =>
  call(`POST /api/v3/event/undelivered/${account}/dispatch`, fields, { HTTP_BLUEKING_LANGUAGE: 'en' });

describe('a message that names no subscription', () => {
  test.each(['events', 'deliveries'])('of a newer format is sent back to %s unchanged', async (queue) => {
    // The text would change if it were parsed and written again.
    const text = `{"v":${newer},"account":"ours","subscription":7,"id":"e 1","n":1e0}`;
    const bytes = Buffer.from([0, 255]);
    await put({ headers: { callbus: text, own: 'yes', ...aside('newer_format', queue) }, body: bytes });
    const { info } = await kept(1);
    expect(info).toMatchObject([{ reason: 'newer_format', event_id: 'e 1', queue, attempts: 0 }]);
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    expect(await dispatch({ reason: 'newer_format' })).toMatchObject({
      status: 200,
      body: success({ dispatched: 1, skipped: 0, left: 0 }),
    });
    expect(await takeMessage(service.amqpUrl, `${service.brokerPrefix}${queue}`)).toMatchObject({
      headers: { callbus: text, own: 'yes' },
      body: bytes,
    });
    await kept(0);
    await consumeAll();
  });

  test('is listed with its reason and queue, in the order of acceptance', async () => {
    await put(
      {
        headers: { ...callbus({ ...event, id: 'late', receivedAt: 3e12, identity: 'l' }), ...died('maxlen', 'events') },
      },
      { headers: { ...callbus({ ...event, id: 'old', identity: 'o' }), ...died('expired', 'events') } },
      { headers: { ...callbus({ ...event, id: 'bad', account: 7 }), ...aside('poison') } },
      {
        headers: { ...callbus({ id: 'x', account: 'ours' }), ...died('delivery_limit', 'deliveries') },
        body: Buffer.from('?'),
      },
    );
    const { info } = await kept(3);
    expect(info).toMatchObject([
      { event_id: 'old', reason: 'expired', queue: 'events', event_name: 'a.b' },
      { event_id: 'x', reason: 'poison', queue: 'deliveries', event_name: null },
      { event_id: 'late', reason: 'maxlen', queue: 'events' },
    ]);
    expect((await kept(1, '-')).info).toMatchObject([{ event_id: 'bad', reason: 'poison' }]);
    expect((await list('ours', '?reason=maxlen&event=true')).info).toMatchObject([
      { event_id: 'late', event: { specversion: '1.0' } },
    ]);
    expect(await list('theirs')).toEqual({ count: 0, info: [] });
  });

  test('is sent back when it is readable, and stays when it is not', async () => {
    await put(
      { headers: { ...callbus({ ...event, id: 'good', extra: 1 }), ...aside('poison') } },
      {
        headers: { ...callbus({ ...event, id: 'no body', identity: '2' }), ...aside('poison') },
        body: Buffer.from('?'),
      },
      { headers: { ...event, id: 'of old', identity: '3', reason: 'poison', failedAt: 1 } },
      { headers: { ...died('maxlen', 'events'), ...callbus({ ...event, id: 'full', identity: '4' }) } },
    );
    const { info } = await kept(4);
    expect(await dispatch({ reason: 'poison' })).toMatchObject({
      body: success({ dispatched: 2, skipped: 1, left: 0 }),
    });
    await waitFor(() => came.length === 2, { what: 'both' });
    expect(came.map(({ queue, headers }) => [queue, headers['id']]).toSorted()).toEqual([
      ['events', 'good'],
      ['events', 'of old'],
    ]);
    expect(came.find(({ headers }) => headers['id'] === 'good')!.table).toEqual(
      callbus({ ...event, id: 'good', extra: 1 }),
    );
    expect(await dispatch({ ids: [info.find((row) => row['event_id'] === 'full')!['id']] })).toMatchObject({
      body: success({ dispatched: 1, skipped: 0, left: 0 }),
    });
    expect((await kept(1)).info).toMatchObject([{ event_id: 'no body' }]);
  });

  test('is sent back when a version without the message format stored it', async () => {
    const text = JSON.stringify({ ...event, id: 'old', subscription: 7, attempt: 3, parked: 0 });
    await service.pool.query(
      `INSERT INTO undelivered (identity, headers, body, reason, attempts, received_at, failed_at)
       VALUES ('x', $1, $2, 'poison', 0, now(), now())`,
      [JSON.stringify({ callbus: text, reason: 'poison', failedAt: 1 }), body],
    );
    expect(await dispatch({ reason: 'poison' }, '-')).toMatchObject({
      body: success({ dispatched: 1, skipped: 0, left: 0 }),
    });
    await waitFor(() => came.length === 1, { what: 'the task' });
    expect(came[0]).toMatchObject({ queue: 'deliveries', headers: { id: 'old', attempt: 3 } });
  });

  test('in a batch becomes one message per event, each with its own body', async () => {
    const { receivedAt, dialect, type, name, bus, account } = event;
    const parts = [1, 2, 3].map((id) => [`e${id}`, `i${id}`, 0, body.length]);
    await put({
      headers: {
        ...callbus({ v: 2, account, bus, name, type, dialect, receivedAt, hops: 2, events: parts }),
        ...died('maxlen', 'events'),
      },
      body: Buffer.from(`[${[body, body, body].join(',')}]`),
    });
    expect((await kept(3)).info).toMatchObject([1, 2, 3].map((id) => ({ event_id: `e${id}`, reason: 'maxlen' })));
    expect(await dispatch({ reason: 'maxlen' })).toMatchObject({
      body: success({ dispatched: 3, skipped: 0, left: 0 }),
    });
    await waitFor(() => came.length === 3, { what: 'all' });
    expect(came.map(({ headers }) => headers['hops'])).toEqual([2, 2, 2]);
    for (const message of came) expect(message.body.equals(body)).toBe(true);
  });

  test('differs from a message that names a subscription, which is listed under the subscription', async () => {
    const subscription = await create(call, {}, 'ours/2');
    const task = { ...event, id: 'task', subscription, attempt: 2, parked: 0 };
    await put({ headers: { ...callbus(task), ...died('expired', 'deliveries') } });
    const one = `${subscribe}/ours/2/${subscription}/undelivered`;
    const info = await waitFor(
      async () => {
        const { data } = (await call(`GET ${one}?reason=expired`)).body as { data: Listed };
        return data.count === 1 ? data.info : undefined;
      },
      { what: 'the task' },
    );
    expect(info).toMatchObject([{ event_id: 'task', attempts: 1 }]);
    expect((await list()).count).toBe(0);
  });

  test('is sent back only when ids or a reason select it', async () => {
    const invalid = (message: string, code = 1199006) => ({ status: 400, body: failure(code, message) });
    expect(await dispatch({})).toMatchObject(invalid("'ids' is not valid: ids or reason is required"));
    expect(await dispatch({ all: true })).toMatchObject(invalid("'ids' is not valid: ids or reason is required"));
    expect(await dispatch({ reason: 'lost' })).toMatchObject({ status: 400 });
    expect(await dispatch({ ids: [] })).toMatchObject({ status: 400 });
    expect(await dispatch({ ids: ['1'] })).toMatchObject({ status: 400 });
    expect(await dispatch({ reason: 'maxlen' })).toMatchObject({
      body: success({ dispatched: 0, skipped: 0, left: 0 }),
    });
    expect(await call('GET /api/v3/event/undelivered/ours?limit=0')).toMatchObject({ status: 400 });
  });
});

test('an event that was published again under its id with another body keeps its own body', async () => {
  const subscription = await create(call, {}, 'ours/2');
  const bodies = ['{"specversion":"1.0","a":1,"data":1}', '{"specversion":"1.0","a":"longer","data":2}'];
  const task = (text: string, attempt: number) => ({
    headers: callbus({
      ...event,
      id: 'again',
      dataAt: text.length - 2,
      subscription,
      attempt,
      parked: 0,
      reason: 'exhausted',
    }),
    body: Buffer.from(text),
  });
  const rows = async () => {
    const { rows: found } = await service.pool.query<{ body: Buffer; attempts: number; headers: { dataAt: number } }>(
      'SELECT body, attempts::int, headers FROM undelivered ORDER BY id',
    );
    return found.map(({ body: bytes, attempts, headers }) => [String(bytes.subarray(headers.dataAt, -1)), attempts]);
  };
  for (const [index, text] of bodies.entries()) {
    await put(task(text, 1));
    await waitFor(async () => (await rows()).length === index + 1, { what: 'its row' });
  }
  for (const text of bodies) await put(task(text, 2));
  await waitFor(async () => (await rows()).every(([, attempts]) => attempts === 2), { what: 'the second attempts' });
  expect(await rows()).toEqual([
    ['1', 2],
    ['2', 2],
  ]);
});
