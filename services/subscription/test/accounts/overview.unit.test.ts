import type { Attempt, Totals } from '@callbus/statistics/statistics';
import { expect, test } from '@jest/globals';
import { busiest, sumOf, topFailing, topSlowest, type Named } from '../../src/accounts/overview.js';

const named = (id: number, enabled = true): Named => ({ id, name: `n${id}`, enabled });
const totals = (total: number, failure: number): Totals => ({
  total,
  failure,
  pending: 1,
  delivered: 2,
  undelivered: 3,
  dropped: 4,
});
const attempt = (durationMs: number): Attempt => ({
  subscription: 1,
  eventId: 'e',
  attempt: 1,
  outcome: 'confirmed',
  status: 200,
  durationMs,
  answer: '',
  at: 0,
});

test('adds up the figures of all subscriptions', () => {
  const figures = new Map([
    [1, totals(10, 2)],
    [2, totals(5, 0)],
  ]);
  expect(sumOf([named(1), named(2, false)], figures)).toEqual({
    subscriptions: 2,
    enabled: 1,
    attempts: 15,
    failures: 2,
    pending: 2,
    delivered: 4,
    undelivered: 6,
    dropped: 8,
  });
});

test('lists a limited number of subscriptions with the most failures', () => {
  const many = Array.from({ length: 30 }, (_, index) => named(index));
  const figures = new Map(many.map(({ id }) => [id, totals(100, id)]));
  const top = topFailing(many, figures);
  expect(top).toHaveLength(10);
  expect(top[0]).toEqual({ subscription_id: 29, subscription_name: 'n29', attempts: 100, failures: 29 });
  expect(topFailing([named(0), named(99)], figures)).toEqual([]);
});

test('lists the subscriptions with the slowest callbacks', () => {
  const slowest = topSlowest([
    [named(1), [attempt(10), attempt(30)]],
    [named(2), [attempt(500)]],
    [named(3), []],
  ]);
  expect(slowest).toEqual([
    { subscription_id: 2, subscription_name: 'n2', average_ms: 500, longest_ms: 500 },
    { subscription_id: 1, subscription_name: 'n1', average_ms: 20, longest_ms: 30 },
  ]);
});

test('selects the subscriptions with the most attempts', () => {
  const figures = new Map([
    [1, totals(10, 0)],
    [2, totals(20, 0)],
    [3, totals(0, 0)],
  ]);
  expect(busiest([named(1), named(2), named(3)], figures, 1)).toEqual([named(2)]);
  expect(busiest([named(1), named(2), named(3)], figures, 9)).toEqual([named(2), named(1)]);
});
