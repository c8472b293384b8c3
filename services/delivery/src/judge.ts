import { parseConfirmRule, type ConfirmRule } from '@callbus/callback/confirm';
import type { PostResult } from '@callbus/callback/post';
import type { Unsent } from '@callbus/callback/unsent';
import type { Subscription } from '@callbus/contracts/subscription';
import type { CallbackOutcome } from '@callbus/statistics/statistics';

const rulesKept = 10_000;

/** Whether a callback is confirmed, by the rule of its subscription; subscriptions share what is written alike, which most is. */
export function createJudge() {
  const rules = { httpstatus: new Map<string, ConfirmRule>(), regular: new Map<string, ConfirmRule>() };

  function ruleOf({ confirmMode, confirmPattern }: Subscription): ConfirmRule {
    const known = rules[confirmMode].get(confirmPattern);
    if (known !== undefined) return known;
    const rule = parseConfirmRule(confirmMode, confirmPattern) ?? (() => false);
    if (rules[confirmMode].size === rulesKept) rules[confirmMode].clear();
    rules[confirmMode].set(confirmPattern, rule);
    return rule;
  }

  return (result: Exclude<PostResult, Unsent>, subscription: Subscription): CallbackOutcome => {
    if (result.kind !== 'answer') return result.kind;
    return ruleOf(subscription)(result) ? 'confirmed' : 'refused';
  };
}
