import type { RetrySchedule } from '@callbus/contracts/deliveries/retry-schedule';

/** Statuses with which a receiver asks for a pause. With any other status `Retry-After` means something else. */
const pausingStatuses = new Set([429, 503]);
const longestPauseMs = 24 * 3_600_000;

export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number;
  readonly status?: number | undefined;
  /** The answer's `Retry-After`: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** @returns the schedule's wait, or the longer one that the receiver asked for, up to a day */
export function retryDelayMs(schedule: RetrySchedule, failed: FailedAttempt): number {
  const scheduledMs = schedule[Math.min(failed.attempt, schedule.length) - 1] ?? 0;
  return Math.max(scheduledMs, Math.min(pauseMs(failed), longestPauseMs));
}

function pauseMs({ status, retryAfter, nowMs }: FailedAttempt): number {
  if (retryAfter === undefined || status === undefined || !pausingStatuses.has(status)) return 0;
  if (/^\d+$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? 0 : date - nowMs;
}
