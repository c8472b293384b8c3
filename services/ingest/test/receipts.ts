import { Fault } from '../src/errors.js';
import type { IncomingEvent, Receipt } from '../src/formats/incoming-event.js';

export const receivedAt = Date.UTC(2024, 1, 29, 4, 5, 6, 789);

/** A request of the account `acme`, which may use `acme` and `partner`. The ids are `id-1`, `id-2` and so on. */
export function receipt(changes: Partial<Receipt> = {}): Receipt {
  let ids = 0;
  return {
    caller: { account: 'acme', mayUse: (account) => ['acme', 'partner'].includes(account) },
    receivedAt,
    traceContext: undefined,
    newId: () => `id-${(ids += 1)}`,
    limits: { eventsPerRequest: 100, eventBytes: 262_144, nameWords: 256 },
    ...changes,
  };
}

export function eventsOf(result: readonly IncomingEvent[] | Fault): readonly IncomingEvent[] {
  if (result instanceof Fault) throw new Error(`refused: ${JSON.stringify(result)}`);
  return result;
}

export function onlyEventOf(result: readonly IncomingEvent[] | Fault): IncomingEvent {
  const [event, ...others] = eventsOf(result);
  if (event === undefined || others.length > 0) throw new Error('not exactly one event');
  return event;
}
