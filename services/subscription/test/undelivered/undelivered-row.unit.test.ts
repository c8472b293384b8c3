import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readUndelivered, tasksOf } from '../../src/undelivered/undelivered-row.js';
import { eventHeaders } from '../support/event-headers.js';

const body = Buffer.from('{"specversion":"1.0"}');
const task = { ...eventHeaders, subscription: 7, attempt: 10, parked: 3 };

describe('a message of undelivered', () => {
  test('becomes a row', () => {
    const headers = { ...task, reason: 'exhausted', status: 503, answer: 'busy', failedAt: 1 };
    expect(readUndelivered({ headers, body })).toEqual({
      subscriptionId: 7,
      account: '0',
      identity: 'one',
      eventId: 'event 1',
      eventName: 'a.b',
      headers: JSON.stringify(headers),
      body,
      reason: 'exhausted',
      attempts: 10,
      lastStatus: 503,
      lastAnswer: 'busy',
      receivedAt: new Date(1_700_000_000_000),
      queue: null,
      messageHeaders: null,
      isEndedByWorker: true,
    });
  });

  test('that was held does not count the attempt that was due', () => {
    expect(readUndelivered({ headers: { ...task, reason: 'held' }, body })).toMatchObject({
      reason: 'held',
      attempts: 9,
    });
  });

  test('that was held because its receiver answered 410 counts that attempt', () => {
    const headers = { ...task, reason: 'held', status: 410, answer: 'gone', failedAt: 1 };
    expect(readUndelivered({ headers, body })).toMatchObject({ reason: 'held', attempts: 10, lastStatus: 410 });
  });

  test('that the broker dead-lettered is poison, and keeps its subscription', () => {
    const headers = {
      ...task,
      'x-first-death-reason': 'expired',
      'x-death': [{ count: 21n, reason: 'delivery_limit' }],
    };
    const row = readUndelivered({ headers, body });
    expect(row).toMatchObject({ reason: 'poison', subscriptionId: 7, attempts: 9 });
    expect(JSON.parse(row.headers)).toMatchObject({ 'x-death': [{ count: '21' }] });
  });

  test('that is a group becomes one row per task', () => {
    const headers = { ...task, subscriptions: '7 8', 'x-first-death-reason': 'delivery_limit' };
    expect(tasksOf({ headers, body }).map(readUndelivered)).toMatchObject([
      { subscriptionId: 7, reason: 'poison', attempts: 0, identity: task.identity },
      { subscriptionId: 8, reason: 'poison', attempts: 0, identity: task.identity },
    ]);
    expect(tasksOf({ headers: task, body })).toEqual([{ headers: task, body }]);
    expect(tasksOf({ headers: { ...headers, subscriptions: 7 }, body })).toHaveLength(1);
  });

  test('that a full queue refused has the reason maxlen, also as a group', () => {
    const headers = { ...task, subscriptions: '7 8', reason: 'maxlen', failedAt: 1, extra: 'kept' };
    expect(tasksOf({ headers, body }).map(readUndelivered)).toMatchObject([
      { subscriptionId: 7, reason: 'maxlen', attempts: 0, isEndedByWorker: false },
      { subscriptionId: 8, reason: 'maxlen', headers: expect.stringContaining('"extra":"kept"') },
    ]);
  });

  test('that is unreadable is kept unchanged', () => {
    expect(readUndelivered({ headers: {}, body })).toMatchObject({
      subscriptionId: null,
      account: null,
      eventId: null,
      eventName: null,
      headers: '{}',
      body,
      reason: 'poison',
      attempts: 0,
      lastStatus: null,
      lastAnswer: null,
      receivedAt: null,
    });
  });

  test('without an identity gets one that a redelivery does not change', () => {
    const identityOf = (headers: Record<string, unknown>, bytes = body) =>
      readUndelivered({ headers, body: bytes }).identity;
    expect(identityOf({ a: 1, 'x-delivery-count': 3 })).toBe(identityOf({ a: 1, 'x-delivery-count': 4 }));
    expect(identityOf({ a: 1 })).not.toBe(identityOf({ a: 2 }));
    expect(identityOf({ a: 1 })).not.toBe(identityOf({ a: 1 }, Buffer.from('other')));
  });

  test('with any headers becomes a row that the database can store', () => {
    const names = ['identity', 'id', 'name', 'account', 'answer', 'status', 'receivedAt', 'reason', 'attempt'];
    const value = fc.oneof(fc.anything({ withBigInt: true }), fc.string(), fc.double(), fc.constant('\0'));
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value), (headers) => {
        const row = readUndelivered({ headers, body });
        expect([row.account, row.eventId, row.eventName, row.lastAnswer, row.identity].join('')).not.toContain('\0');
        expect(row.identity.length).toBeLessThanOrEqual(200);
        expect(row.lastStatus ?? 200).toBeLessThan(1_000);
        expect(row.receivedAt === null || !Number.isNaN(row.receivedAt.getTime())).toBe(true);
        expect(() => JSON.parse(row.headers) as unknown).not.toThrow();
      }),
    );
  });
});
