import { afterAll, expect, test } from '@jest/globals';
import { createJudge } from '../src/callbacks/judge.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';

const judge = createJudge();
afterAll(() => judge.close());

const outcomeOf = async (...asked: Parameters<typeof judge.judge>) => {
  const judged = await judge.judge(...asked);
  return typeof judged === 'string' ? judged : judged.outcome;
};
const answerOf = (body: string, more: object = {}) =>
  ({ kind: 'answer', status: 200, body: Buffer.from(body), durationMs: 1, ...more }) as const;
const fault = (kind: 'timeout' | 'error') => ({ fault: { kind, reason: 'incomplete' } });
const byStatus = subscriptionOf({ confirmMode: 'httpstatus', confirmPattern: '2xx' });
const byBody = subscriptionOf({ confirmMode: 'regular', confirmPattern: 'ok' });

test('an httpstatus rule checks only the status, even when the body is incomplete', () => {
  expect(judge.judge(answerOf('', fault('error')), byStatus)).toBe('confirmed');
  expect(judge.judge(answerOf('', { ...fault('timeout'), status: 500 }), byStatus)).toBe('refused');
});

test('a regular rule checks only the body; an incomplete body is a time-out or an error', async () => {
  expect(await outcomeOf(answerOf('it is ok', { status: 500 }), byBody)).toBe('confirmed');
  expect(await outcomeOf(answerOf('it is not'), byBody)).toBe('refused');
  expect(await outcomeOf(answerOf('it is ok', fault('error')), byBody)).toBe('error');
  expect(await outcomeOf(answerOf('it is ok', fault('timeout')), byBody)).toBe('timeout');
});

test('without an answer, the outcome is the kind of failure', () => {
  expect(judge.judge({ kind: 'timeout', reason: 'late', durationMs: 1 }, byBody)).toBe('timeout');
});

test('a body that takes too long to judge is an error, with the status and the reason', async () => {
  const letters = Array.from({ length: 64 * 1024 }, () => (Math.random() < 0.5 ? 'a' : 'b')).join('');
  const hard = subscriptionOf({ confirmMode: 'regular', confirmPattern: '([ab]*a[ab]{180}|[ab]*b[ab]{180})c' });
  expect(await judge.judge(answerOf(`c${letters}`), hard)).toMatchObject({
    outcome: 'error',
    result: { status: 200, fault: { reason: 'the confirm pattern took more than 200 ms on the answer' } },
  });
});
