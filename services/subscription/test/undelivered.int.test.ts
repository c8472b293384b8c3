import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryHeaders } from '@callbus/contracts/delivery-task';
import type { Outcome } from '@callbus/broker/broker';
import { waitFor } from '@callbus/testing/wait-for';
import { create, createCall } from './call.js';
import { openService, type OpenService } from './open-service.js';

const body = Buffer.from('{"specversion":"1.0"}');
const task: DeliveryHeaders = {
  id: 'event 1',
  identity: 'one',
  account: '0',
  bus: '',
  name: 'a.b',
  type: 'b',
  dialect: 'cloudevents',
  receivedAt: 1_700_000_000_000,
  dataAt: 0,
  subscription: 0,
  attempt: 10,
  parked: 0,
};

let service: OpenService;
let subscription: number;
/** What the worker beside makes of a delivery. */
let outcome: Outcome;

beforeAll(async () => {
  service = await openService();
  await service.broker.consume('deliveries', { prefetch: 10, handle: () => Promise.resolve(outcome) });
});
afterAll(() => service.close());
beforeEach(async () => {
  await service.pool.query('TRUNCATE subscriptions, undelivered CASCADE');
  subscription = await create(createCall(service.url));
  outcome = { kind: 'undelivered', reason: 'exhausted', status: 503, answer: 'bu\0sy' };
});

async function rows() {
  const result = await service.pool.query<Record<string, unknown>>('SELECT * FROM undelivered ORDER BY id');
  return result.rows;
}

async function deliver(changes: Partial<DeliveryHeaders> = {}) {
  await service.broker.publishDelivery({ headers: { ...task, subscription, ...changes }, body });
}

describe('what could not be delivered', () => {
  test('is kept with its event and the last answer', async () => {
    await deliver();
    await waitFor(async () => (await rows()).length === 1, { what: 'the row' });
    const [row] = await rows();
    expect(row).toMatchObject({
      subscription_id: subscription,
      account: '0',
      identity: 'one',
      event_id: 'event 1',
      event_name: 'a.b',
      body,
      reason: 'exhausted',
      attempts: 10,
      last_status: 503,
      last_answer: 'bu\ufffdsy',
      received_at: new Date(1_700_000_000_000),
    });
    expect(row?.['headers']).toMatchObject({ ...task, subscription });
  });

  test('is one row however often it comes, and a row for each subscription', async () => {
    const other = await create(createCall(service.url), { subscription_name: 'other' });
    outcome = { kind: 'undelivered', reason: 'held' };
    await deliver({ attempt: 1 });
    await waitFor(async () => (await rows()).length === 1, { what: 'the row' });
    outcome = { kind: 'undelivered', reason: 'exhausted', status: 500 };
    await deliver();
    await deliver();
    await deliver({ subscription: other });
    await waitFor(async () => (await rows()).length === 2, { what: 'the second row' });
    expect(await rows()).toMatchObject([
      { subscription_id: subscription, reason: 'exhausted', attempts: 10, last_status: 500 },
      { subscription_id: other },
    ]);
  });

  test('goes with its subscription when that is deleted meanwhile', async () => {
    await deliver({ subscription: 999_999_999 });
    await deliver();
    await waitFor(async () => (await rows()).length === 1, { what: 'the row of the one that exists' });
    expect(await rows()).toMatchObject([{ subscription_id: subscription }]);
  });

  test('is kept even when nobody can read it', async () => {
    outcome = { kind: 'undelivered', reason: 'poison' };
    const strange = { id: 'x\0y', subscription, 'odd\0name': 1 } as unknown as DeliveryHeaders;
    await service.broker.publishDelivery({ headers: strange, body: Buffer.from([0, 255]) });
    await waitFor(async () => (await rows()).length === 1, { what: 'the row' });
    expect(await rows()).toMatchObject([
      {
        subscription_id: null,
        event_id: 'x\ufffdy',
        reason: 'poison',
        body: Buffer.from([0, 255]),
        headers: { id: 'x\0y', 'odd\0name': 1 },
      },
    ]);
  });
});
