import { isNumber, isOneOf, listIn } from './read-list.js';
import { attemptOutcomes, type Attempt, type AttemptsQuery } from '../statistics.js';

/** Writes an attempt in as few bytes as JSON allows, because Redis keeps up to a thousand attempts for each subscription. */
export function encodeAttempt({ at, eventId, attempt, outcome, status, durationMs, answer }: Attempt): string {
  return JSON.stringify([at, eventId, attempt, outcome, status, durationMs, answer]);
}

/** @returns undefined when the text is not an attempt as this version writes it */
export function decodeAttempt(text: string, subscription: number): Attempt | undefined {
  const [at, eventId, attempt, outcome, status, durationMs, answer] = listIn(text);
  const isWhole =
    isNumber(at) &&
    typeof eventId === 'string' &&
    isNumber(attempt) &&
    isOneOf(outcome, attemptOutcomes) &&
    (status === null || isNumber(status)) &&
    isNumber(durationMs) &&
    typeof answer === 'string';
  return isWhole ? { subscription, eventId, attempt, outcome, status, durationMs, answer, at } : undefined;
}

export function matchesQuery({ eventId, outcome }: Omit<AttemptsQuery, 'limit'>) {
  return (attempt: Attempt) =>
    (eventId === undefined || attempt.eventId === eventId) && (outcome === undefined || attempt.outcome === outcome);
}
