import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import type { Attempt, EventStep, Statistics, Totals } from '../src/statistics.js';

const none: Totals = { total: 0, failure: 0, pending: 0, delivered: 0, undelivered: 0, dropped: 0 };

export function attemptOf(subscription: number, more: Partial<Attempt> = {}): Attempt {
  const attempt: Attempt = {
    subscription,
    eventId: 'e1',
    attempt: 1,
    outcome: 'confirmed',
    status: 200,
    durationMs: 12,
    answer: 'ok',
    at: Date.now(),
  };
  return { ...attempt, ...more };
}

/** Waits for the figures of one subscription, which are flushed in the background. */
export async function expectTotals(
  statistics: Statistics,
  subscription: number,
  expected: Partial<Omit<Totals, 'delivered'>>,
) {
  const { total = 0, failure = 0 } = expected;
  const totals = async () => (await statistics.totals([subscription])).get(subscription);
  const isThere = async () => {
    expect(await totals()).toEqual({ ...none, ...expected, delivered: total - failure });
    return true;
  };
  await waitFor(isThere, { what: `the totals of subscription ${subscription}` });
}

/** Every kind of step, in order of time. */
export function storyOf(account: string, eventId: string): EventStep[] {
  const whose = { account, eventId };
  return [
    { ...whose, kind: 'matched', at: 2, receivedAt: 1, name: 'a.bé"\n', bus: '', subscriptions: [7, 2 ** 53 - 1] },
    { ...whose, kind: 'attempt', at: 3, subscription: 7, attempt: 1, outcome: 'error', status: null, durationMs: 0 },
    { ...whose, kind: 'waiting', at: 4, subscriptions: [7, 8], until: 9, because: 'retry' },
    { ...whose, kind: 'attempt', at: 9, subscription: 7, attempt: 2, outcome: 'refused', status: 503, durationMs: 12 },
    { ...whose, kind: 'ended', at: 10, subscription: 7, how: 'undelivered', reason: 'exhausted' },
    { ...whose, kind: 'ended', at: 11, subscription: 2 ** 53 - 1, how: 'dropped' },
  ];
}

/** The first step of an event. */
export function stepAt(account: string, eventId: string, at: number) {
  const name = 'shop.orders.order.created';
  return { account, eventId, kind: 'matched', at, receivedAt: at, name, bus: '', subscriptions: [1] } as const;
}

/** Waits for the steps, all of one event. */
export async function expectTrace(statistics: Statistics, steps: readonly EventStep[]) {
  const { account, eventId } = steps[0]!;
  const trace = async () => (await statistics.trace(account, eventId)).steps;
  const lastOf = (all: readonly EventStep[]) => [all.length, all.at(-1)?.at];
  const isThere = async () => String(lastOf(await trace())) === String(lastOf(steps));
  await waitFor(isThere, { what: `the trace of ${eventId}` });
  expect(await trace()).toEqual(steps);
}

async function expectAttempts(statistics: Statistics, subscription: number, expected: readonly Attempt[]) {
  const attempts = () => statistics.attempts(subscription, { limit: 5_000 });
  const isThere = async () => (await attempts())[0]?.eventId === expected[0]?.eventId;
  await waitFor(isThere, { what: `the attempts of subscription ${subscription}` });
  expect(await attempts()).toEqual(expected);
}

export interface OpenOptions {
  readonly tracesMaxBytes?: number;
}

/** The tests that both implementations of Statistics pass. */
export function describeStatistics(name: string, open: (options?: OpenOptions) => Promise<Statistics>): void {
  describe(name, () => {
    let statistics: Statistics;
    beforeEach(async () => {
      statistics = await open();
      await waitFor(() => statistics.isReady(), { what: 'the statistics' });
    });
    afterEach(() => statistics.close());

    it('has zeros for an unknown subscription', async () => {
      await expect(statistics.totals([1, 2])).resolves.toEqual(new Map([1, 2].map((id) => [id, none])));
      await expect(statistics.totals([])).resolves.toEqual(new Map());
      await expect(statistics.attempts(1, { limit: 10 })).resolves.toEqual([]);
    });

    it('counts attempts, and as failures those that were not confirmed', async () => {
      for (const outcome of ['confirmed', 'refused', 'timeout', 'error', 'unsent', 'confirmed'] as const) {
        statistics.recordAttempt(attemptOf(1, { outcome }));
      }
      const unsent = () => statistics.attempts(1, { limit: 10, outcome: 'unsent' });
      await waitFor(async () => (await unsent()).length === 1, { what: 'the unsent attempt' });
      statistics.recordAttempt(attemptOf(2));
      await expectTotals(statistics, 1, { total: 5, failure: 3 });
      await expectTotals(statistics, 2, { total: 1 });
    });

    it('counts up and down by any step, each counter by itself', async () => {
      statistics.count(1, 'pending', 5);
      statistics.count(1, 'pending', -2);
      statistics.count(1, 'undelivered', 3);
      statistics.count(1, 'dropped');
      statistics.count(2, 'pending', -1);
      await expectTotals(statistics, 1, { pending: 3, undelivered: 3, dropped: 1 });
      await expectTotals(statistics, 2, { pending: -1 });
    });

    it('returns attempts as they were recorded, newest first, up to the limit', async () => {
      const attempts = [
        attemptOf(1, { eventId: 'a', outcome: 'refused', status: 503, answer: 'später "vielleicht"\n' }),
        attemptOf(1, { eventId: 'b', outcome: 'error', status: null, answer: 'connect ECONNREFUSED' }),
        attemptOf(1, { eventId: 'c', attempt: 3, durationMs: 0, answer: '' }),
      ];
      attempts.forEach((attempt) => statistics.recordAttempt(attempt));
      await expectTotals(statistics, 1, { total: 3, failure: 2 });

      const newestFirst = attempts.toReversed();
      await expect(statistics.attempts(1, { limit: 10 })).resolves.toEqual(newestFirst);
      await expect(statistics.attempts(1, { limit: 2 })).resolves.toEqual(newestFirst.slice(0, 2));
      await expect(statistics.attempts(2, { limit: 10 })).resolves.toEqual([]);
    });

    it('returns the attempts of one event, or with one outcome', async () => {
      const attempts = [
        attemptOf(1, { eventId: 'a', outcome: 'refused' }),
        attemptOf(1, { eventId: 'b' }),
        attemptOf(1, { eventId: 'a', outcome: 'refused', attempt: 2 }),
        attemptOf(1, { eventId: 'a', attempt: 3 }),
      ];
      attempts.forEach((attempt) => statistics.recordAttempt(attempt));
      await expectTotals(statistics, 1, { total: 4, failure: 2 });

      const [first, other, second, third] = attempts;
      const limit = 10;
      await expect(statistics.attempts(1, { limit, eventId: 'a' })).resolves.toEqual([third, second, first]);
      await expect(statistics.attempts(1, { limit: 2, eventId: 'a' })).resolves.toEqual([third, second]);
      await expect(statistics.attempts(1, { limit, outcome: 'confirmed' })).resolves.toEqual([third, other]);
      await expect(statistics.attempts(1, { limit: 1, outcome: 'refused' })).resolves.toEqual([second]);
      await expect(statistics.attempts(1, { limit, eventId: 'b', outcome: 'refused' })).resolves.toEqual([]);
    });

    it('returns the steps of an event in order of time, and of no other', async () => {
      const steps = storyOf('0', 'e1');
      const [first, ...later] = steps;
      [...later, first!].forEach((step) => statistics.recordStep(step));
      const others = [storyOf('1', 'e1')[1]!, storyOf('0', 'e2')[1]!, storyOf('0:', 'e1')[1]!];
      others.forEach((step) => statistics.recordStep(step));

      await expectTrace(statistics, steps);
      for (const other of others) await expectTrace(statistics, [other]);
      await expect(statistics.trace('0', 'unheard of')).resolves.toMatchObject({ steps: [] });
    });

    it('keeps the last 5,000 steps of an event', async () => {
      const steps = Array.from({ length: 6_000 }, (_, at): EventStep => {
        return { kind: 'ended', account: '0', eventId: 'e1', at, subscription: 1, how: 'dropped' };
      });
      steps.forEach((step) => statistics.recordStep(step));
      await expectTrace(statistics, steps.slice(-5_000));
    });

    it('keeps the last 1,000 attempts and counts them all', async () => {
      const attempts = Array.from({ length: 2_500 }, (_, n) => attemptOf(1, { eventId: `e${n}` }));
      attempts.forEach((attempt) => statistics.recordAttempt(attempt));
      await expectTotals(statistics, 1, { total: 2_500 });
      await expectAttempts(statistics, 1, attempts.slice(-1_000).reverse());
    });

    it('deletes the oldest traces beyond the bound, and tells since when traces are complete', async () => {
      const bounded = await open({ tracesMaxBytes: 1_048_576 });
      await waitFor(() => bounded.isReady(), { what: 'the statistics' });
      const startedAt = Date.now();
      const receivedAt = new Map<string, number>();
      for (let wave = 0; wave < 40; wave += 1) {
        const steps = Array.from({ length: 500 }, (_, n) => stepAt('0', `e${wave}-${n}`, Date.now()));
        for (const step of steps) {
          receivedAt.set(step.eventId, step.receivedAt);
          bounded.recordStep(step);
        }
        bounded.count(1, 'pending', steps.length);
        await expectTrace(bounded, steps.slice(-1));
      }
      await expectTotals(bounded, 1, { pending: 20_000 });

      const { since } = await bounded.trace('0', 'e0-0');
      expect(since).toBeGreaterThan(startedAt);
      const kept = async (eventId: string) => (await bounded.trace('0', eventId)).steps.length > 0;
      expect(await kept('e0-0')).toBe(false);
      const complete = [...receivedAt].filter(([eventId, at]) => at >= since && eventId.endsWith('77'));
      for (const [eventId] of complete) expect(await kept(eventId)).toBe(true);
      await bounded.close();
    });

    it('deletes the attempts of the subscriptions that were not called for longest beyond half of the bound', async () => {
      const bounded = await open({ tracesMaxBytes: 1_048_576 });
      await waitFor(() => bounded.isReady(), { what: 'the statistics' });
      const attempt = (subscription: number) => attemptOf(subscription, { answer: 'x'.repeat(256) });
      const subscriptions = Array.from({ length: 3_000 }, (_, n) => n + 1);
      for (const subscription of subscriptions) {
        bounded.recordAttempt(attempt(subscription));
        // Subscription 1 is called again and again.
        if (subscription % 200 === 0) {
          bounded.recordAttempt(attempt(1));
          await waitFor(async () => (await bounded.attempts(1, { limit: 100 })).length > subscription / 200, {
            what: 'the attempts of subscription 1',
          });
        }
      }
      const kept = async (subscription: number) => (await bounded.attempts(subscription, { limit: 1 })).length > 0;
      expect(await Promise.all([1, 2, 200, 2_999, 3_000].map(kept))).toEqual([true, false, false, true, true]);
      const totals = async () => [...(await bounded.totals(subscriptions)).values()];
      const sumOf = (all: readonly Totals[]) => all.reduce((sum, { total }) => sum + total, 0);
      await waitFor(async () => sumOf(await totals()) === 3_015, { what: 'the counts of all attempts' });
      await bounded.close();
    });

    it('forgets one subscription, and counts it from zero afterwards', async () => {
      statistics.recordAttempt(attemptOf(1));
      statistics.recordAttempt(attemptOf(2));
      statistics.count(1, 'pending');
      await expectTotals(statistics, 1, { total: 1, pending: 1 });
      statistics.count(1, 'undelivered');
      await statistics.forget(1);

      statistics.count(1, 'dropped');
      await expectTotals(statistics, 1, { dropped: 1 });
      await expectTotals(statistics, 2, { total: 1 });
      await expect(statistics.attempts(1, { limit: 10 })).resolves.toEqual([]);
    });
  });
}
