import { callbackRequest, type CallbackRequest } from '@callbus/callback-request/callback-request';
import type { Opened } from '@callbus/callback-request/open-secrets';
import type { Post } from '@callbus/callback/post';
import { reasonOf } from '@callbus/callback/reason-of';
import type { Unsent } from '@callbus/callback/unsent';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { CallbackOutcome } from '@callbus/statistics/statistics';
import { isLoop, type SentResult } from '../tasks/fate.js';
import type { Judge } from './judge.js';
import type { CallbackResult } from '../receivers/permit.js';
import type { Origin } from '../tasks/task.js';

/** A callback that was made, or could not be made. */
export type Attempt = (Made | Pick<Unsent, 'kind' | 'because' | 'reason'>) & {
  /** The result from which the lane learns about its receiver. */
  readonly lesson: Lesson;
};

interface Made {
  readonly kind: 'made';
  readonly result: SentResult;
  readonly outcome: CallbackOutcome;
}

export interface Lesson {
  readonly result: CallbackResult;
  readonly durationMs: number;
}

/** A callback that exceeds its time-out by this much shows that the worker was suspended, and says nothing about the receiver. */
const suspendedMs = 1_000;
/** A receiver whose answers take longer than this to judge is throttled like one that times out. */
const slowJudgementMs = 100;

/** The lesson of an attempt that says nothing about the receiver. */
export const noLesson: Lesson = { result: 'abandoned', durationMs: 0 };

export type AttemptCallback = (origin: Origin, opened: Opened) => Promise<Attempt>;

export interface AttemptCallbackOptions {
  readonly post: Post['post'];
  readonly judge: Pick<Judge, 'judge'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Builds one request, posts it and judges the answer. */
export function createAttemptCallback({ post, judge, now }: AttemptCallbackOptions): AttemptCallback {
  return async (origin, { subscription, secrets }) => {
    const request = build(() => callbackRequest(origin, subscription, { nowMs: now(), secrets }));
    if ('because' in request) return request;
    const { callbackUrl: url, timeoutMs } = subscription;
    const result = await post({ url, ...request, timeoutMs });
    if (result.kind === 'unsent') return { ...result, lesson: noLesson };
    if (isLoop(result)) return { kind: 'made', result, outcome: 'refused', lesson: noLesson };
    const judged = judge.judge(result, subscription);
    if (typeof judged === 'string') {
      return { kind: 'made', result, outcome: judged, lesson: lessonOf(result, judged, false, subscription) };
    }
    const { result: answer, outcome, ms } = await judged;
    const isSlowToJudge = ms > slowJudgementMs || outcome === 'error';
    return { kind: 'made', result: answer, outcome, lesson: lessonOf(answer, outcome, isSlowToJudge, subscription) };
  };
}

/** `request` throws when no request can be built for an event, such as one whose body contradicts its headers. */
function build(request: () => CallbackRequest): CallbackRequest | Extract<Attempt, { kind: 'unsent' }> {
  try {
    return request();
  } catch (error) {
    return { kind: 'unsent', because: 'request', reason: reasonOf(error), lesson: noLesson };
  }
}

function lessonOf(
  { durationMs }: SentResult,
  outcome: CallbackOutcome,
  isSlowToJudge: boolean,
  { timeoutMs }: Subscription,
): Lesson {
  if (durationMs > timeoutMs + suspendedMs) return { result: 'abandoned', durationMs };
  return { result: isSlowToJudge ? 'timeout' : outcome, durationMs };
}
