import type { Attempt, AttemptOutcome, AttemptsQuery } from './statistics.js';

/** @returns undefined when the text is not an attempt as this version writes it */
export function readAttempt(text: string): Attempt | undefined {
  const { subscription, eventId, attempt, outcome, status, durationMs, answer, at } = fieldsOf(text);
  if (
    typeof subscription !== 'number' ||
    typeof eventId !== 'string' ||
    typeof attempt !== 'number' ||
    !isOutcome(outcome) ||
    (typeof status !== 'number' && status !== null) ||
    typeof durationMs !== 'number' ||
    typeof answer !== 'string' ||
    typeof at !== 'number'
  ) {
    return undefined;
  }
  return { subscription, eventId, attempt, outcome, status, durationMs, answer, at };
}

export function isAskedFor({ eventId, outcome }: Omit<AttemptsQuery, 'limit'>) {
  return (attempt: Attempt) =>
    (eventId === undefined || attempt.eventId === eventId) && (outcome === undefined || attempt.outcome === outcome);
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(text) as object | null) };
  } catch {
    return {};
  }
}

function isOutcome(value: unknown): value is AttemptOutcome {
  return value === 'confirmed' || value === 'refused' || value === 'timeout' || value === 'error';
}
