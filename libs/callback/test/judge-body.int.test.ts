import { afterEach, describe, expect, test } from '@jest/globals';
import { createJudgeBody, type JudgeBody } from '@callbus/callback/confirmation/judge-body';
import {
  createJudgeThreads,
  type JudgeThreads,
  type JudgeThreadsOptions,
} from '@callbus/callback/confirmation/judge-threads';

/** RE2 takes 0.3 s for it on 64 KiB of a fast machine, which is more than the budget of 0.2 s. */
const hostile = '([ab]*a[ab]{180}|[ab]*b[ab]{180})c';
const letters = Buffer.from(`c${Array.from({ length: 64 * 1024 }, () => (Math.random() < 0.5 ? 'a' : 'b')).join('')}`);

let threads: JudgeThreads | undefined;

afterEach(async () => {
  await threads?.close();
  threads = undefined;
});

function open(options: JudgeThreadsOptions & { now?: () => number } = {}): JudgeBody {
  threads = createJudgeThreads(options);
  return createJudgeBody({ threads, ...(options.now && { now: options.now }) });
}

const body = (text: string) => Buffer.from(text);

describe('what is cheap', () => {
  test.each([
    ['"code":\\s*0', '{"code": 0}', true],
    ['^ok$', 'not ok', false],
    ['成功', '{"msg":"成功"}', true],
  ])('%j on %j is judged at once: %s', (pattern, text, expected) => {
    expect(open()({ pattern, body: body(text), account: 'a' })).toBe(expected);
  });
});

describe('what is not', () => {
  test('a long body is judged on a thread, linearly where a backtracking engine is ruined', async () => {
    const judge = open();
    const long = body('a'.repeat(64 * 1024) + '!');
    for (const pattern of ['(a+)+$', '^(([a-z])+.)+[A-Z]([a-z])+$'])
      expect(await judge({ pattern, body: long, account: 'a' })).toMatchObject({ matches: false });
    expect(await judge({ pattern: 'a!', body: long, account: 'a' })).toMatchObject({ matches: true });
  });

  test('is given up with a reason, and what comes next is judged', async () => {
    const judge = open({ threads: 1 });
    expect(await judge({ pattern: hostile, body: letters, account: 'a' })).toMatchObject({
      matches: undefined,
      reason: 'the confirm pattern took more than 200 ms on the answer',
    });
    const long = body(`${'b'.repeat(1_000)}${'a'.repeat(181)}c`);
    expect(await judge({ pattern: hostile, body: long, account: 'a' })).toMatchObject({ matches: true });
  });

  test('200 hostile answers leave the event loop free, and another account is judged between them', async () => {
    const judge = open({ threads: 1, waitMs: 3_000 });
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
    expect(ends.length).toBeLessThanOrEqual(3);
    const judgements = await Promise.all(judged);
    clearInterval(watching);
    const reasons = new Set(judgements.map((judgement) => typeof judgement === 'object' && judgement.reason));
    expect([...reasons].sort()).toEqual([
      'the confirm pattern took more than 200 ms on the answer',
      'too many answers of the account wait to be judged',
    ]);
    // Judged here, they took the loop 40 s.
    expect(longestMs).toBeLessThan(2_000);
  });

  test('small answers whose pattern has taken long go to a thread, and so does all that is beyond the share of a turn', async () => {
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

  test('a thread that does not come back is ended, and another one takes its place', async () => {
    const judge = open({ threads: 1, budgetMs: 10_000, endAfterMs: 100 });
    const judgements = await Promise.all(
      ['a', 'b'].map(async (account) => judge({ pattern: hostile, body: letters, account })),
    );
    for (const judgement of judgements) expect(judgement).toMatchObject({ matches: undefined, ms: 100 });
    const long = body('a'.repeat(64 * 1024) + '!');
    expect(await judge({ pattern: 'a!', body: long, account: 'a' })).toMatchObject({ matches: true });
  });
});
