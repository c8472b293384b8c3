import type { PostResult } from '@callbus/callback/post';
import type { Unsent } from '@callbus/callback/unsent';
import type { RetrySchedule } from '@callbus/contracts/retry-schedule';
import type { Subscription } from '@callbus/contracts/subscription';
import { tierFor, type RetryTier } from '@callbus/contracts/topology';
import type { WorkerReason } from '@callbus/contracts/undelivered';
import type { CallbackOutcome } from '@callbus/statistics/statistics';
import type { Missing } from '../subscriptions/directory.js';
import { retryDelayMs } from './retry-policy.js';

/** What becomes of a task. */
export type Fate =
  /** Its receiver has confirmed it. */
  | { readonly kind: 'delivered' }
  /** Its subscription is deleted. */
  | { readonly kind: 'dropped' }
  /** Waits for its next attempt. */
  | { readonly kind: 'retry'; readonly after: RetryTier }
  | Parked
  /** Goes on at once as a message of its own, as the same attempt: others of its message must not wait for it. */
  | { readonly kind: 'alone' }
  | Returned
  | Undelivered;

/** Waits as the same attempt. */
export interface Parked {
  readonly kind: 'park';
  readonly after: RetryTier;
}

/** Nothing was done about it: its message is not ours any more, or can neither be held nor parked any longer. */
export interface Returned {
  readonly kind: 'returned';
}

export interface Undelivered {
  readonly kind: 'undelivered';
  readonly reason: WorkerReason;
  /** The last attempt's HTTP status and the beginning of its answer. */
  readonly status?: number;
  readonly answer?: string;
}

/** What becomes of an event, or of a group of tasks, that is not dispatched. */
export type MessageFate = Parked | Returned | Undelivered;

/** An answer to a callback, or the lack of one. */
export type CallbackAnswer = Exclude<PostResult, Unsent>;

/** How long a task waits when nobody can say whether its subscription exists, or what is sealed of it. */
const unknownAfter = tierFor(30_000);
/** How long a task waits for a worker that has run out of file descriptors. */
const shortageAfter = tierFor(5_000);
/** How long an event waits that costs its account more time than it has left. */
const firstCostlyMs = 1_000;
const longestCostlyMs = 5 * 60_000;

const loopStatus = 508;
const goneStatus = 410;
const keptAnswerBytes = 256;

const delivered: Fate = { kind: 'delivered' };
const dropped: Fate = { kind: 'dropped' };
const unknown: Parked = { kind: 'park', after: unknownAfter };
const shortage: Parked = { kind: 'park', after: shortageAfter };
const held: Undelivered = { kind: 'undelivered', reason: 'held' };
const expired: Undelivered = { kind: 'undelivered', reason: 'expired' };
export const returned: Returned = { kind: 'returned' };

/** Of a task whose subscription this worker does not know. */
export function fateMissing(missing: Missing): Fate {
  return missing === 'gone' ? dropped : unknown;
}

/** @returns undefined for a task whose receiver is to be called */
export function fateUncalled({ enabled }: Pick<Subscription, 'enabled'>, isExpired: boolean): Fate | undefined {
  if (!enabled) return held;
  return isExpired ? expired : undefined;
}

/** Of a task whose subscription has something sealed that this worker cannot open. */
export const fateSealed: Fate = unknown;

/** Of a task whose lane sends it away. */
export function fateDismissed(
  dismissed: { readonly kind: 'park'; readonly delayMs: number } | { readonly kind: 'alone' | 'returned' },
): Fate {
  return dismissed.kind === 'park' ? { kind: 'park', after: tierFor(dismissed.delayMs) } : { kind: dismissed.kind };
}

/** Of a task for which nothing went out. */
export function fateUnsent({ because, reason }: Pick<Unsent, 'because' | 'reason'>): Fate {
  return because === 'worker' ? shortage : poison(`the request cannot be built: ${reason}`);
}

export interface Called {
  readonly result: CallbackAnswer;
  readonly outcome: CallbackOutcome;
}

export interface RetryPolicy {
  readonly retrySchedule: RetrySchedule;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface TaskCalled {
  readonly origin: { readonly attempt: number };
  readonly subscription: Pick<Subscription, 'maxAttempts'>;
}

/** Of a task whose receiver was called. @param isDisabled whether the subscription was disabled because its receiver is gone */
export function fateCalled(
  { origin, subscription }: TaskCalled,
  { result, outcome }: Called,
  isDisabled: boolean,
  { retrySchedule, now }: RetryPolicy,
): Fate {
  if (outcome === 'confirmed') return delivered;
  if (isLoop(result)) return undelivered('loop', result);
  if (isDisabled) return undelivered('held', result);
  const { attempt } = origin;
  if (attempt >= subscription.maxAttempts) return undelivered('exhausted', result);
  const { status, retryAfter } = result.kind === 'answer' ? result : {};
  return { kind: 'retry', after: tierFor(retryDelayMs(retrySchedule, { attempt, status, retryAfter, nowMs: now() })) };
}

/** A door of Callbus says that the event came round too often: no fault of the door, whatever the rule of the subscription. */
export function isLoop(result: CallbackAnswer): boolean {
  return result.kind === 'answer' && result.status === loopStatus && result.hops !== undefined;
}

/** The receiver says that it is gone for good, and its subscription is to be disabled. */
export function isGone({ result, outcome }: Called): boolean {
  return outcome !== 'confirmed' && result.kind === 'answer' && result.status === goneStatus;
}

/** Of a message that nobody can read, or of which nobody can make a request. */
export function poison(answer: string): Undelivered {
  return { kind: 'undelivered', reason: 'poison', answer };
}

/**
 * Of an event that costs its account more time than it has left. It waits the longer the more often it was parked, so that a flood of
 * such events does not come round all the time.
 */
export function fateCostly({
  isExpired,
  parked,
}: {
  readonly isExpired: boolean;
  readonly parked: number;
}): MessageFate {
  if (isExpired) return expired;
  return { kind: 'park', after: tierFor(Math.min(firstCostlyMs * 2 ** parked, longestCostlyMs)) };
}

function undelivered(reason: WorkerReason, result: CallbackAnswer): Undelivered {
  const status = result.kind === 'answer' ? { status: result.status } : {};
  return { kind: 'undelivered', reason, answer: answerOf(result), ...status };
}

/** What is kept of an answer, or what went wrong instead of one. */
export function answerOf(result: CallbackAnswer): string {
  if (result.kind !== 'answer') return result.reason;
  const begun = result.body.toString('utf8', 0, keptAnswerBytes);
  return result.fault === undefined ? begun : `${result.fault.reason}: ${begun}`;
}
