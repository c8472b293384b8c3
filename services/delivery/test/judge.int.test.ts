import { afterAll, expect, test } from '@jest/globals';
import { createJudge } from '../src/callbacks/judge.js';
import { subscriptionOf } from './subscription-of.js';

const judge = createJudge();
afterAll(() => judge.close());

const outcomeOf = async (...asked: Parameters<typeof judge.judge>) => {
  const judged = await judge.judge(...asked);
  return typeof judged === 'string' ? judged : judged.outcome;
};
const answerOf = (body: string, more: object = {}) =>
  ({ kind: 'answer', status: 200, body: Buffer.from(body), durationMs: 1, ...more }) as const;
const fault = (kind: 'timeout' | 'error') => ({ fault: { kind, reason: 'it is not whole' } });
const byStatus = subscriptionOf({ confirmMode: 'httpstatus', confirmPattern: '2xx' });
const byBody = subscriptionOf({ confirmMode: 'regular', confirmPattern: 'ok' });

test('httpstatus looks only at the status, whatever became of the body', () => {
  expect(judge.judge(answerOf('', fault('error')), byStatus)).toBe('confirmed');
  expect(judge.judge(answerOf('', { ...fault('timeout'), status: 500 }), byStatus)).toBe('refused');
});

test('regular looks only at the body, and says when there is no whole one', async () => {
  expect(await outcomeOf(answerOf('it is ok', { status: 500 }), byBody)).toBe('confirmed');
  expect(await outcomeOf(answerOf('it is not'), byBody)).toBe('refused');
  expect(await outcomeOf(answerOf('it is ok', fault('error')), byBody)).toBe('error');
  expect(await outcomeOf(answerOf('it is ok', fault('timeout')), byBody)).toBe('timeout');
});

test('what came instead of an answer is the outcome', () => {
  expect(judge.judge({ kind: 'timeout', reason: 'late', durationMs: 1 }, byBody)).toBe('timeout');
});

test('a body that takes too long is an error with its status and the reason', async () => {
  const letters = Array.from({ length: 64 * 1024 }, () => (Math.random() < 0.5 ? 'a' : 'b')).join('');
  const hard = subscriptionOf({ confirmMode: 'regular', confirmPattern: '([ab]*a[ab]{180}|[ab]*b[ab]{180})c' });
  expect(await judge.judge(answerOf(`c${letters}`), hard)).toMatchObject({
    outcome: 'error',
    result: { status: 200, fault: { reason: 'the confirm pattern took more than 200 ms on the answer' } },
  });
});
