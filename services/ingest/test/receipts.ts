import type { IncomingEvent, Reading, Receipt } from '../src/formats/incoming-event.js';

export const receivedAt = Date.UTC(2024, 1, 29, 4, 5, 6, 789);

/** A request of account `acme`, which may use `acme` and `partner`; ids are `id-1`, `id-2` and so on. */
export function receipt(changes: Partial<Receipt> = {}): Receipt {
  let ids = 0;
  return {
    caller: { account: 'acme', mayUse: (account) => ['acme', 'partner'].includes(account) },
    receivedAt,
    trace: undefined,
    newId: () => `id-${(ids += 1)}`,
    limits: { eventsPerRequest: 100, eventBytes: 262_144, nameWords: 256 },
    ...changes,
  };
}

export function eventsOf(reading: Reading): readonly IncomingEvent[] {
  if ('fault' in reading) throw new Error(`refused: ${JSON.stringify(reading.fault)}`);
  return reading.events;
}

export function onlyEventOf(reading: Reading): IncomingEvent {
  const [event, ...others] = eventsOf(reading);
  if (event === undefined || others.length > 0) throw new Error('not exactly one event');
  return event;
}
