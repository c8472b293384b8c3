import type { EventStep } from './statistics.js';

/** The newest so many wait for the store while it is away: beyond them traces have gaps, and memory does not fill. */
const stepsKept = 20_000;

export type StepQueue = ReturnType<typeof createStepQueue>;

/** Steps on their way to the store, oldest first. */
export function createStepQueue() {
  let steps: EventStep[] = [];
  return {
    push(step: EventStep): void {
      // Cut by half at a time, because cutting one off a long array moves all others.
      if (steps.push(step) === 2 * stepsKept) steps = steps.slice(stepsKept);
    },

    /** Takes at most `limit` out. */
    take: (limit: number): EventStep[] => steps.splice(0, limit),

    size: () => steps.length,
  };
}
