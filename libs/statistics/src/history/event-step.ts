import { attemptOutcomes, waitReasons, type EventStep } from '../statistics.js';
import type { ByteReader, ByteWriter } from './bytes.js';

type Kind<K extends EventStep['kind']> = Extract<EventStep, { kind: K }>;
type Base = Pick<EventStep, 'account' | 'eventId' | 'at'>;

/** The longest part of an event's name that a trace keeps. Traces are short because every event has one. */
const nameMaxLength = 256;

/** Redis holds indexes into these lists and into `attemptOutcomes` and `waitReasons`: extend them at their ends only. */
const kinds = ['matched', 'attempt', 'waiting', 'ended'] as const;
const ends = ['undelivered', 'dropped'] as const;

/** Writes the steps of one event. The event's account and id are not written: they identify the story that holds the steps. */
export function writeSteps(to: ByteWriter, steps: readonly EventStep[]): void {
  let before = 0;
  for (const step of steps) {
    to.whole(kinds.indexOf(step.kind));
    to.signed(step.at - before);
    before = step.at;
    if (step.kind === 'matched') writeMatched(to, step);
    else if (step.kind === 'attempt') writeAttempt(to, step);
    else if (step.kind === 'waiting') writeWaiting(to, step);
    else writeEnded(to, step);
  }
}

/** @returns the steps that `writeSteps` has written, or those before the first one that is malformed */
export function readSteps(from: ByteReader, event: Pick<EventStep, 'account' | 'eventId'>): EventStep[] {
  const steps: EventStep[] = [];
  try {
    while (!from.isAtEnd()) {
      const kind = itemOf(kinds, from.whole());
      const base = { account: event.account, eventId: event.eventId, at: (steps.at(-1)?.at ?? 0) + from.signed() };
      if (kind === 'matched') steps.push(readMatched(from, base));
      else if (kind === 'attempt') steps.push(readAttempt(from, base));
      else if (kind === 'waiting') steps.push(readWaiting(from, base));
      else steps.push(readEnded(from, base));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return steps;
}

function writeMatched(to: ByteWriter, { at, receivedAt, name, bus, subscriptions }: Kind<'matched'>): void {
  to.signed(at - receivedAt);
  to.text(name.slice(0, nameMaxLength));
  to.text(bus);
  writeIds(to, subscriptions);
}

function readMatched(from: ByteReader, base: Base): Kind<'matched'> {
  const receivedAt = base.at - from.signed();
  const [name, bus] = [from.text(), from.text()];
  return { ...base, kind: 'matched', receivedAt, name, bus, subscriptions: readIds(from) };
}

function writeAttempt(to: ByteWriter, { subscription, attempt, outcome, status, durationMs }: Kind<'attempt'>): void {
  to.whole(subscription);
  to.whole(attempt);
  to.whole(attemptOutcomes.indexOf(outcome));
  to.whole(status === null ? 0 : status + 1);
  to.whole(durationMs);
}

function readAttempt(from: ByteReader, base: Base): Kind<'attempt'> {
  const [subscription, attempt] = [from.whole(), from.whole()];
  const outcome = itemOf(attemptOutcomes, from.whole());
  const status = from.whole();
  const durationMs = from.whole();
  return {
    ...base,
    kind: 'attempt',
    subscription,
    attempt,
    outcome,
    status: status === 0 ? null : status - 1,
    durationMs,
  };
}

function writeWaiting(to: ByteWriter, { at, subscriptions, until, because }: Kind<'waiting'>): void {
  writeIds(to, subscriptions);
  to.signed(until - at);
  to.whole(waitReasons.indexOf(because));
}

function readWaiting(from: ByteReader, base: Base): Kind<'waiting'> {
  const subscriptions = readIds(from);
  const until = base.at + from.signed();
  return { ...base, kind: 'waiting', subscriptions, until, because: itemOf(waitReasons, from.whole()) };
}

/** An empty text stands for no reason. */
function writeEnded(to: ByteWriter, { subscription, how, reason = '' }: Kind<'ended'>): void {
  to.whole(subscription);
  to.whole(ends.indexOf(how));
  to.text(reason);
}

function readEnded(from: ByteReader, base: Base): Kind<'ended'> {
  const ended = { ...base, kind: 'ended', subscription: from.whole(), how: itemOf(ends, from.whole()) } as const;
  const reason = from.text();
  return reason === '' ? ended : { ...ended, reason };
}

function writeIds(to: ByteWriter, ids: readonly number[]): void {
  to.whole(ids.length);
  for (const id of ids) to.whole(id);
}

function readIds(from: ByteReader): number[] {
  const ids: number[] = [];
  for (let left = from.whole(); left > 0; left -= 1) ids.push(from.whole());
  return ids;
}

/** @throws RangeError */
function itemOf<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no item ${index}`);
  return item;
}
