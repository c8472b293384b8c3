import { retryTiers, tierFor, type RetryTier } from '../messages/topology.js';

/** The delay after each failed attempt, in milliseconds. The last delay applies to all further attempts. */
export type RetrySchedule = readonly number[];

const defaultTiers = ['5s', '1m', '5m', '30m', '1h', '3h', '6h', '12h', '24h'];

export const defaultRetrySchedule: RetrySchedule = retryTiers
  .filter(({ name }) => defaultTiers.includes(name))
  .map(({ delayMs }) => delayMs);

/**
 * @param text the names of retry tiers, such as `5s,1m,5m`
 * @returns undefined when a part is not the name of a tier
 */
export function parseRetrySchedule(text: string): RetrySchedule | undefined {
  const delays = text.split(',').map((name) => retryTiers.find((tier) => tier.name === name.trim())?.delayMs);
  return delays.every((delayMs) => delayMs !== undefined) ? delays : undefined;
}

/** An upgrade takes minutes, so a longer wait has no use. */
const longestGiveBackMs = 5 * 60_000;

/** @returns the retry tier for each return of a message of a newer format: the delays of the schedule, but at most five minutes */
export function giveBackTiersOf(schedule: RetrySchedule): readonly RetryTier[] {
  return schedule.map((delayMs) => tierFor(Math.min(delayMs, longestGiveBackMs)));
}
