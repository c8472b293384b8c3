import { isNumber, isOneOf, listIn } from './read-list.js';
import { attemptOutcomes, waitReasons, type EventStep } from './statistics.js';

type Kind<K extends EventStep['kind']> = Extract<EventStep, { kind: K }>;
type Whose = Pick<EventStep, 'account' | 'eventId' | 'at'>;

/** The longest part of an event's name that a trace keeps. Traces are short because every event has one. */
const nameMaxLength = 256;

/** As short as JSON allows. The key of the list tells account and event. */
export function encodeStep(step: EventStep): string {
  const { at } = step;
  if (step.kind === 'matched') {
    const { receivedAt, name, bus, subscriptions } = step;
    return JSON.stringify(['m', at, receivedAt, name.slice(0, nameMaxLength), bus, subscriptions]);
  }
  if (step.kind === 'attempt')
    return JSON.stringify(['a', at, step.subscription, step.attempt, step.outcome, step.status, step.durationMs]);
  if (step.kind === 'waiting') return JSON.stringify(['w', at, step.subscriptions, step.until, step.because]);
  return JSON.stringify(['e', at, step.subscription, step.how, step.reason]);
}

/** @returns undefined when the text is not a step as this version writes it */
export function decodeStep(text: string, whose: Pick<EventStep, 'account' | 'eventId'>): EventStep | undefined {
  const [kind, at, ...fields] = listIn(text);
  if (typeof at !== 'number') return undefined;
  const step = { account: whose.account, eventId: whose.eventId, at };
  if (kind === 'm') return decodeMatched(step, fields);
  if (kind === 'a') return decodeAttempt(step, fields);
  if (kind === 'w') return decodeWaiting(step, fields);
  return kind === 'e' ? decodeEnded(step, fields) : undefined;
}

function decodeMatched(step: Whose, [receivedAt, name, bus, subscriptions]: unknown[]): Kind<'matched'> | undefined {
  const isWhole =
    isNumber(receivedAt) &&
    typeof name === 'string' &&
    typeof bus === 'string' &&
    Array.isArray(subscriptions) &&
    subscriptions.every(isNumber);
  return isWhole ? { ...step, kind: 'matched', receivedAt, name, bus, subscriptions } : undefined;
}

function decodeAttempt(step: Whose, fields: unknown[]): Kind<'attempt'> | undefined {
  const [subscription, attempt, outcome, status, durationMs] = fields;
  const isWhole =
    isNumber(subscription) &&
    isNumber(attempt) &&
    isOneOf(outcome, attemptOutcomes) &&
    (status === null || isNumber(status)) &&
    isNumber(durationMs);
  return isWhole ? { ...step, kind: 'attempt', subscription, attempt, outcome, status, durationMs } : undefined;
}

function decodeWaiting(step: Whose, [subscriptions, until, because]: unknown[]): Kind<'waiting'> | undefined {
  const isWhole =
    Array.isArray(subscriptions) && subscriptions.every(isNumber) && isNumber(until) && isOneOf(because, waitReasons);
  return isWhole ? { ...step, kind: 'waiting', subscriptions, until, because } : undefined;
}

function decodeEnded(step: Whose, [subscription, how, reason]: unknown[]): Kind<'ended'> | undefined {
  if (!isNumber(subscription) || !isOneOf(how, ['undelivered', 'dropped'])) return undefined;
  const ended: Kind<'ended'> = { ...step, kind: 'ended', subscription, how };
  return typeof reason === 'string' ? { ...ended, reason } : ended;
}
