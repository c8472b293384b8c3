import { retryTiers } from '@callbus/contracts/topology';

/** The wait after each failed attempt, in milliseconds; the last one holds for all that follow. */
export type RetrySchedule = readonly number[];

const defaultTiers = ['5s', '1m', '5m', '30m', '1h', '3h', '6h', '12h', '24h'];

export const defaultRetrySchedule: RetrySchedule = retryTiers
  .filter(({ name }) => defaultTiers.includes(name))
  .map(({ delayMs }) => delayMs);

/**
 * @param text names of retry tiers, such as `5s,1m,5m`
 * @returns undefined when a part is not the name of a tier
 */
export function parseRetrySchedule(text: string): RetrySchedule | undefined {
  const delays = text.split(',').map((name) => retryTiers.find((tier) => tier.name === name.trim())?.delayMs);
  return delays.every((delayMs) => delayMs !== undefined) ? delays : undefined;
}

/** A receiver asks for a pause with these; on any other status `Retry-After` means something else. */
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
