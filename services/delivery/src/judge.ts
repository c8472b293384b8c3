import { parseConfirmRule, type ConfirmRule } from '@callbus/callback/confirm';
import type { PostResult } from '@callbus/callback/post';
import type { Subscription } from '@callbus/contracts/subscription';
import type { AttemptOutcome } from '@callbus/statistics/statistics';

/** Whether a callback is confirmed, by the rule of its subscription; a rule is read once for each definition. */
export function createJudge() {
  const rules = new WeakMap<Subscription, ConfirmRule>();

  function ruleOf(subscription: Subscription): ConfirmRule {
    const known = rules.get(subscription);
    if (known !== undefined) return known;
    const rule = parseConfirmRule(subscription.confirmMode, subscription.confirmPattern) ?? (() => false);
    rules.set(subscription, rule);
    return rule;
  }

  return (result: PostResult, subscription: Subscription): AttemptOutcome => {
    if (result.kind !== 'answer') return result.kind;
    return ruleOf(subscription)(result) ? 'confirmed' : 'refused';
  };
}
