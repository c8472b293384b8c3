import { createClockCheck, type ClockCheck, type ReferenceClock } from '@callbus/runtime/clock/clock-check';
import type { Context } from './context.js';

/** @throws CannotStart when the clock is wrong */
export async function openClock(
  context: Context<{ readonly CLOCK_SKEW_LIMIT_S: number }>,
  references: Readonly<Record<string, ReferenceClock>>,
): Promise<ClockCheck> {
  const { config, logger, metrics, opened } = context;
  const limitMs = config.CLOCK_SKEW_LIMIT_S * 1_000;
  const clock = createClockCheck({ references, limitMs, registry: metrics.registry, logger });
  opened.push(() => clock.stop());
  await clock.start();
  return clock;
}
