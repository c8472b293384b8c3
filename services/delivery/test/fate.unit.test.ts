import { describe, expect, test } from '@jest/globals';
import { tierFor } from '@callbus/contracts/messages/topology';
import {
  fateCalled,
  fateCostly,
  fateMissing,
  fateSealed,
  fateShared,
  fateUncalled,
  fateUnsent,
  isGone,
  returned,
  type SentResult,
  type Fate,
} from '../src/tasks/fate.js';

const minute = 60_000;
const policy = { retrySchedule: [5_000, minute], now: () => 0 };

function answer(status: number, more: Partial<Extract<SentResult, { kind: 'answer' }>> = {}): SentResult {
  return { kind: 'answer', status, body: Buffer.from('told'), durationMs: 1, ...more };
}
const silent: SentResult = { kind: 'timeout', reason: 'no answer within 1000 ms', durationMs: 1_000 };
const park = (delayMs: number): Fate => ({ kind: 'park', after: tierFor(delayMs) });
const retry = (delayMs: number, outcome: 'refused' | 'timeout' = 'refused'): Fate => ({
  kind: 'retry',
  after: tierFor(delayMs),
  outcome,
});
const undelivered = (reason: 'held' | 'exhausted' | 'loop', status?: number): Fate => ({
  kind: 'undelivered',
  reason,
  outcome: status === undefined ? 'timeout' : 'refused',
  answer: status === undefined ? silent.reason : 'told',
  ...(status !== undefined && { status }),
});

describe('a task whose receiver was called', () => {
  const last = { attempt: 3, maxAttempts: 3 };
  test.each<
    [string, SentResult, 'confirmed' | 'refused' | 'timeout', Partial<typeof last> & { isDisabled?: true }, Fate]
  >([
    ['confirms', answer(200), 'confirmed', {}, { kind: 'delivered' }],
    ['confirms the last attempt', answer(200), 'confirmed', last, { kind: 'delivered' }],
    ['refuses', answer(500), 'refused', {}, retry(5_000)],
    ['refuses again', answer(500), 'refused', { attempt: 2 }, retry(minute)],
    ['refuses more often than the schedule has delays', answer(500), 'refused', { attempt: 9 }, retry(minute)],
    ['does not answer', silent, 'timeout', {}, retry(5_000, 'timeout')],
    ['asks for a pause by Retry-After', answer(503, { retryAfter: '100' }), 'refused', {}, retry(100_000)],
    ['asks for a shorter pause', answer(429, { retryAfter: '1' }), 'refused', {}, retry(5_000)],
    ['refuses the last attempt', answer(500), 'refused', last, undelivered('exhausted', 500)],
    ['does not answer the last attempt', silent, 'timeout', last, undelivered('exhausted')],
    ['refuses an event with too many hops', answer(508, { hops: '9' }), 'refused', {}, undelivered('loop', 508)],
    [
      'refuses an event with too many hops at the last attempt',
      answer(508, { hops: '9' }),
      'refused',
      last,
      undelivered('loop', 508),
    ],
    ['answers 508 without a number of hops', answer(508), 'refused', {}, retry(5_000)],
    ['is gone and disabled', answer(410), 'refused', { isDisabled: true }, undelivered('held', 410)],
    [
      'is gone and disabled at the last attempt',
      answer(410),
      'refused',
      { ...last, isDisabled: true },
      undelivered('held', 410),
    ],
    ['is gone and cannot be disabled', answer(410), 'refused', {}, retry(5_000)],
  ])('and %s', (_what, result, outcome, { attempt = 1, maxAttempts = 10, isDisabled = false }, fate) => {
    const task = { origin: { attempt }, subscription: { maxAttempts } };
    expect(fateCalled(task, { result, outcome }, isDisabled, policy)).toEqual(fate);
  });

  test('disables its subscription when a 410 does not confirm', () => {
    expect(isGone({ result: answer(410), outcome: 'refused' })).toBe(true);
    expect(isGone({ result: answer(410), outcome: 'confirmed' })).toBe(false);
    expect(isGone({ result: answer(404), outcome: 'refused' })).toBe(false);
    expect(isGone({ result: silent, outcome: 'timeout' })).toBe(false);
  });

  test('keeps the fault of the answer and its first 256 bytes', () => {
    const result = answer(200, { body: Buffer.alloc(999, 'x'), fault: { kind: 'error', reason: 'cut off' } });
    const task = { origin: { attempt: 1 }, subscription: { maxAttempts: 1 } };
    expect(fateCalled(task, { result, outcome: 'error' }, false, policy)).toMatchObject({
      answer: `cut off: ${'x'.repeat(256)}`,
    });
  });
});

describe('a task that is not called', () => {
  test.each<[string, Fate | undefined, Fate | undefined]>([
    ['is dropped when its subscription is deleted', fateMissing('gone'), { kind: 'dropped' }],
    ['is parked when the subscription service is unreachable', fateMissing('unreachable'), park(30_000)],
    [
      'is held while its subscription is disabled',
      fateUncalled({ enabled: false }, false),
      { kind: 'undelivered', reason: 'held' },
    ],
    ['is held rather than expired', fateUncalled({ enabled: false }, true), { kind: 'undelivered', reason: 'held' }],
    ['expires when it is too old', fateUncalled({ enabled: true }, true), { kind: 'undelivered', reason: 'expired' }],
    [
      'is called when its subscription is enabled and it is not expired',
      fateUncalled({ enabled: true }, false),
      undefined,
    ],
    ['is parked while a sealed value cannot be opened', fateSealed, park(30_000)],
    ['goes on alone instead when it shares a message', fateShared(returned), { kind: 'alone' }],
    ['keeps any other fate when it shares a message', fateShared(park(1_000)), park(1_000)],
    [
      'is parked when the worker has no file descriptors left',
      fateUnsent({ because: 'worker', reason: 'EMFILE' }),
      park(5_000),
    ],
    [
      'is poison when no request can be built for it',
      fateUnsent({ because: 'request', reason: 'no JSON' }),
      { kind: 'undelivered', reason: 'poison', answer: 'the request cannot be built: no JSON' },
    ],
  ])('%s', (_what, fate, expected) => {
    expect(fate).toEqual(expected);
  });
});

test('the delay of a costly event doubles with each parking, up to five minutes, until the event expires', () => {
  const waits = [0, 1, 2, 8, 99].map((parked) => fateCostly({ isExpired: false, parked }));
  expect(waits).toEqual([park(1_000), park(2_000), park(4_000), park(256_000), park(5 * minute)]);
  expect(fateCostly({ isExpired: true, parked: 3 })).toEqual({ kind: 'undelivered', reason: 'expired' });
});
