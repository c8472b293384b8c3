import type { EventStep } from './statistics.js';

/** The newest steps that wait while the store is away. Older ones are dropped and leave gaps in traces, so that memory does not fill. */
const stepsKept = 20_000;

export type StepQueue = ReturnType<typeof createStepQueue>;

/** Steps on their way to the store, oldest first. */
export function createStepQueue() {
  let steps: EventStep[] = [];
  return {
    push(step: EventStep): void {
      // Half is cut at once, because removing the first element of a long array moves all others.
      if (steps.push(step) === 2 * stepsKept) steps = steps.slice(stepsKept);
    },

    /** Removes and returns at most `limit` steps. */
    take: (limit: number): EventStep[] => steps.splice(0, limit),

    size: () => steps.length,
  };
}
