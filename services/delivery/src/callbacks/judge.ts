import { readStatusRule } from '@callbus/callback/confirmation/confirm';
import { createJudgeBody } from '@callbus/callback/confirmation/judge-body';
import { createJudgeThreads } from '@callbus/callback/confirmation/judge-threads';
import type { Answer } from '@callbus/callback/post';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { CallbackOutcome } from '@callbus/statistics/statistics';
import type { SentResult } from '../tasks/fate.js';

interface JudgedApart {
  /** The answer. When its body could not be judged, its `fault` says why. */
  readonly result: Answer;
  readonly outcome: CallbackOutcome;
  /** The time that a thread took to judge the body. */
  readonly ms: number;
}

export interface Judge {
  /** @returns a promise only for bodies that are judged on a thread; all others cost no turn of the event loop */
  judge(result: SentResult, subscription: Subscription): CallbackOutcome | Promise<JudgedApart>;
  close(): Promise<void>;
}

const rulesKept = 10_000;

/** Decides by its subscription's confirm rule whether a callback is confirmed. Subscriptions with the same rule share its compiled form. */
export function createJudge(): Judge {
  const threads = createJudgeThreads();
  const judgeBody = createJudgeBody({ threads });
  const statusRules = new Map<string, (status: number) => boolean>();

  function statusRuleOf(pattern: string): (status: number) => boolean {
    const known = statusRules.get(pattern);
    if (known !== undefined) return known;
    const rule = readStatusRule(pattern) ?? (() => false);
    if (statusRules.size === rulesKept) statusRules.clear();
    statusRules.set(pattern, rule);
    return rule;
  }

  function byBody(result: Answer, { confirmPattern, account }: Subscription): ReturnType<Judge['judge']> {
    const { body, fault } = result;
    // An incomplete body is not the receiver's answer.
    if (fault !== undefined) return fault.kind;
    const matches = judgeBody({ pattern: confirmPattern, body, account });
    if (typeof matches === 'boolean') return matches ? 'confirmed' : 'refused';
    return matches.then(({ matches: isMatch, reason = '', ms }): JudgedApart => {
      if (isMatch !== undefined) return { result, outcome: isMatch ? 'confirmed' : 'refused', ms };
      return { result: { ...result, fault: { kind: 'error', reason } }, outcome: 'error', ms };
    });
  }

  return {
    judge(result, subscription) {
      if (result.kind !== 'answer') return result.kind;
      if (subscription.confirmMode === 'regular') return byBody(result, subscription);
      return statusRuleOf(subscription.confirmPattern)(result.status) ? 'confirmed' : 'refused';
    },
    close: () => threads.close(),
  };
}
