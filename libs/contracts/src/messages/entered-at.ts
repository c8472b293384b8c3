import type { Table } from './message-format.js';
import type { WorkQueue } from './topology.js';

/** The time at which a message entered its queue, in epoch milliseconds; undefined when the headers do not contain it. */
export function enteredAt(queue: WorkQueue, { headers }: { readonly headers: Table }): number | undefined {
  if (queue === 'undelivered') return numberIn(headers['failedAt']);
  const returnedAt = lastDeathOf(headers['x-death']);
  if (returnedAt !== undefined) return returnedAt;
  const isFirstTime = (headers['attempt'] ?? 1) === 1 && (headers['parked'] ?? 0) === 0;
  return isFirstTime ? (numberIn(headers['replayedAt']) ?? numberIn(headers['receivedAt'])) : undefined;
}

/** The time at which the message left a retry queue last. The broker records it in seconds, the latest death first. */
function lastDeathOf(deaths: unknown): number | undefined {
  const death: unknown = Array.isArray(deaths) ? deaths[0] : undefined;
  const time = memberOf(death, 'time');
  const seconds = numberIn(memberOf(time, 'value'));
  return seconds === undefined ? undefined : seconds * 1_000;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
