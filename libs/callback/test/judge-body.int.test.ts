import { afterEach, describe, expect, test } from '@jest/globals';
import { createJudgeBody, type JudgeBody } from '@callbus/callback/confirmation/judge-body';
import { startJudgeThread, type Judgement } from '@callbus/callback/confirmation/judge-thread';
import { createJudgeThreads, type JudgeThreads } from '@callbus/callback/confirmation/judge-threads';

/** RE2 takes 0.3 s for this pattern on 64 KiB on a fast machine, which is more than the budget of 0.2 s. */
const hostile = '([ab]*a[ab]{180}|[ab]*b[ab]{180})c';
const letters = Buffer.from(`c${Array.from({ length: 64 * 1024 }, () => (Math.random() < 0.5 ? 'a' : 'b')).join('')}`);

let threads: JudgeThreads | undefined;

afterEach(async () => {
  await threads?.close();
  threads = undefined;
});

function open(options: { now?: () => number } = {}): JudgeBody {
  threads = createJudgeThreads();
  return createJudgeBody({ threads, ...options });
}

const body = (text: string) => Buffer.from(text);

describe('a cheap test', () => {
  test.each([
    ['"code":\\s*0', '{"code": 0}', true],
    ['^ok$', 'not ok', false],
    ['成功', '{"msg":"成功"}', true],
  ])('of %j on %j runs at once: %s', (pattern, text, expected) => {
    expect(open()({ pattern, body: body(text), account: 'a' })).toBe(expected);
  });
});

describe('a costly test', () => {
  test('of a long body runs on a thread, in linear time for patterns that make other engines backtrack', async () => {
    const judge = open();
    const long = body('a'.repeat(64 * 1024) + '!');
    for (const pattern of ['(a+)+$', '^(([a-z])+.)+[A-Z]([a-z])+$'])
      expect(await judge({ pattern, body: long, account: 'a' })).toMatchObject({ matches: false });
    expect(await judge({ pattern: 'a!', body: long, account: 'a' })).toMatchObject({ matches: true });
  });

  test('is given up with a reason, and the next body is tested', async () => {
    const judge = open();
    expect(await judge({ pattern: hostile, body: letters, account: 'a' })).toMatchObject({
      matches: undefined,
      reason: 'the confirm pattern took more than 200 ms on the answer',
    });
    const long = body(`${'b'.repeat(1_000)}${'a'.repeat(181)}c`);
    expect(await judge({ pattern: hostile, body: long, account: 'a' })).toMatchObject({ matches: true });
  });

  test('of 200 hostile answers leaves the event loop free, and another account gets its turn in between', async () => {
    const judge = open();
    let longestMs = 0;
    let beforeMs = performance.now();
    const watching = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - beforeMs);
      beforeMs = performance.now();
    }, 1);
    const ends: string[] = [];
    const judged = Array.from({ length: 200 }, async () => {
      const judgement = await judge({ pattern: hostile, body: letters, account: 'hostile' });
      ends.push('hostile');
      return judgement;
    });
    const other = await judge({ pattern: 'a!', body: body('a'.repeat(64 * 1024) + '!'), account: 'other' });
    expect(other).toMatchObject({ matches: true });
    // One hostile answer per thread is under way, and one more may be tested before the turn of the other account.
    expect(ends.length).toBeLessThanOrEqual(4);
    const judgements = await Promise.all(judged);
    clearInterval(watching);
    const reasons = new Set(judgements.map((judgement) => typeof judgement === 'object' && judgement.reason));
    expect([...reasons].sort()).toEqual([
      'the confirm pattern took more than 200 ms on the answer',
      'too many answers of the account wait to be judged',
    ]);
    // On the event loop, the tests would take 40 s.
    expect(longestMs).toBeLessThan(2_000);
  }, 20_000);

  test('of a small body runs on a thread when its pattern was slow twice, or when the budget of the turn is used up', async () => {
    let nowMs = 0;
    const judge = open({ now: () => (nowMs += 3) });
    expect(judge({ pattern: 'slow', body: body('slow'), account: 'a' })).toBe(true);
    expect(judge({ pattern: 'slow', body: body('slow'), account: 'a' })).toBe(true);
    const beyond = judge({ pattern: 'ok', body: body('ok'), account: 'b' });
    expect(beyond).toBeInstanceOf(Promise);
    await new Promise(setImmediate);
    expect(judge({ pattern: 'slow', body: body('slow'), account: 'a' })).toBeInstanceOf(Promise);
    expect(await beyond).toMatchObject({ matches: true });
  });

  test('that exceeds its budget without being interrupted ends its thread', async () => {
    let judgement: Judgement | undefined;
    const wasReady = await new Promise<boolean>((resolve) => {
      startJudgeThread({
        budgetMs: 10_000,
        endAfterMs: 100,
        onFree: (thread) => thread.judge({ pattern: hostile, body: letters }, (result) => (judgement = result)),
        onEnd: (_thread, isReady) => resolve(isReady),
      });
    });
    expect(wasReady).toBe(true);
    expect(judgement).toMatchObject({ matches: undefined, ms: 100 });
  });
});
