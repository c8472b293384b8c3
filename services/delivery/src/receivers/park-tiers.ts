import { retryTiers, tierFor, type RetryTier } from '@callbus/contracts/messages/topology';

/**
 * The longest tier within the delay. A task that returns too early is only parked again, but a task that returns late leaves its lane idle.
 */
export function tierWithin(delayMs: number): RetryTier {
  return retryTiers.findLast((tier) => tier.delayMs <= delayMs) ?? tierFor(0);
}

/**
 * The tier for a task behind an open breaker. The task should return slightly late rather than early: before the breaker is
 * half-open a task is only parked again, and thousands of tasks may return at once.
 */
export function tierAbout(delayMs: number): RetryTier {
  const next = tierFor(delayMs);
  return delayMs > 0.75 * next.delayMs ? next : tierWithin(delayMs);
}
