import {
  readSubscription,
  readSubscriptionChange,
  readSubscriptionPage,
} from '@callbus/contracts/subscriptions/subscription';
import { describe, expect, test } from '@jest/globals';

/** A subscription as the first version sent it. `completed` has the defaults of the members that were added later. */
const first = {
  id: 1,
  revision: 2,
  account: '0',
  name: 'mysubscribe',
  enabled: true,
  callbackUrl: 'http://127.0.0.1:8080/callback',
  confirmMode: 'httpstatus',
  confirmPattern: '200',
  eventNames: ['hostcreate'],
  eventBusId: null,
  timeoutMs: 10_000,
  payloadFormat: 'source',
  headers: {},
  maxAttempts: 10,
  maxInFlight: 64,
};

const bytes = (value: object) => Buffer.from(JSON.stringify(value));

const completed = { ...first, secrets: [] };

describe('data of the first version of the subscription service', () => {
  test('is read as a page', () => {
    const page = { subscriptions: [first], next: null };
    expect(readSubscriptionPage(page)).toEqual({ subscriptions: [completed], next: null });
  });

  test('is read as one subscription', () => {
    expect(readSubscription(first)).toEqual(completed);
  });

  test('is read as a change', () => {
    const saved = { kind: 'saved', subscription: first };
    expect(readSubscriptionChange(bytes(saved))).toEqual({ kind: 'saved', subscription: completed });
    const deleted = { kind: 'deleted', id: 1, revision: 3 };
    expect(readSubscriptionChange(bytes(deleted))).toEqual(deleted);
  });
});

describe('data of a newer version of the subscription service', () => {
  const unknown = { added: { since: 'then' } };
  const newer = {
    ...completed,
    ...unknown,
    secrets: [{ sealed: 'x', expiresAt: null, ...unknown }],
    webHook: { origin: 'callbus', maxPerMinute: null, ...unknown },
  };

  test('is read as a page', () => {
    const page = { subscriptions: [newer], next: 1, epoch: 1, ...unknown };
    expect(readSubscriptionPage(page)).toEqual(page);
  });

  test('is read as one subscription', () => {
    expect(readSubscription(newer)).toEqual(newer);
  });

  test('is read as a change', () => {
    const saved = { kind: 'saved', subscription: newer, epoch: 1, ...unknown };
    expect(readSubscriptionChange(bytes(saved))).toEqual(saved);
    const deleted = { kind: 'deleted', id: 1, revision: 3, epoch: 1, ...unknown };
    expect(readSubscriptionChange(bytes(deleted))).toEqual(deleted);
  });
});

test.each(Object.keys(first))('a subscription without %s, which every version sends, is refused', (member) => {
  const others = Object.entries(first).filter(([name]) => name !== member);
  expect(() => readSubscription(Object.fromEntries(others))).toThrow(member);
});
