import type { RE2JS } from 're2js';
import { compileConfirmPattern } from './confirm.js';
import type { Judgement } from './judge-thread.js';
import type { JudgeThreads } from './judge-threads.js';

interface BodyTest {
  readonly pattern: string;
  readonly body: Buffer;
  readonly account: string;
}

/**
 * Tells whether a body matches. A cheap test, the usual case, runs at once on the event loop; others run in a thread.
 */
export type JudgeBody = (test: BodyTest) => boolean | Promise<Judgement>;

interface Rule {
  readonly expression: RE2JS | undefined;
  /** Slow tests on the event loop. A single one proves little, because the code is not optimized yet. */
  slowTimes: number;
  /** Until this time the pattern is tested only in a thread. */
  apartUntilMs: number;
}

const rulesKept = 10_000;
/**
 * Program size times bytes of the body. Tests of ordinary patterns and answers stay below this and take some µs. A
 * hostile pattern takes up to 4 ms for this number of steps, and up to 60 ms the first time.
 */
const inlineSteps = 20_000;
/** Budget for tests in one turn of the event loop, including the time to compile patterns. */
const inlineMsEachTurn = 5;
/** A pattern that exceeds this twice on the event loop is tested in a thread for the next `apartMs`. */
const slowMs = 2;
const slowTimesMost = 2;
const apartMs = 60_000;

/** @param options.now milliseconds of a monotonic clock */
export function createJudgeBody({
  threads,
  now = () => performance.now(),
}: {
  threads: JudgeThreads;
  now?: () => number;
}): JudgeBody {
  const rules = new Map<string, Rule>();
  let usedMs = 0;

  function ruleOf(pattern: string): Rule {
    const known = rules.get(pattern);
    if (known !== undefined) return known;
    const rule = { expression: compileConfirmPattern(pattern), slowTimes: 0, apartUntilMs: 0 };
    if (rules.size === rulesKept) rules.clear();
    rules.set(pattern, rule);
    return rule;
  }

  function noteSlow(rule: Rule, nowMs: number): void {
    rule.slowTimes += 1;
    if (rule.slowTimes < slowTimesMost) return;
    rule.slowTimes = 0;
    rule.apartUntilMs = nowMs + apartMs;
  }

  function use(ms: number): void {
    if (usedMs === 0) setImmediate(() => (usedMs = 0));
    usedMs += ms;
  }

  return ({ pattern, body, account }) => {
    if (usedMs >= inlineMsEachTurn) return threads.judge({ pattern, body, account });
    const startMs = now();
    const rule = ruleOf(pattern);
    const { expression } = rule;
    if (expression === undefined) return false;
    if (startMs < rule.apartUntilMs || expression.programSize() * body.length > inlineSteps) {
      use(now() - startMs);
      return threads.judge({ pattern, body, account });
    }
    const matches = expression.test(body.toString());
    const tookMs = now() - startMs;
    use(tookMs);
    if (tookMs > slowMs) noteSlow(rule, startMs);
    return matches;
  };
}
