import { Counter, type Registry } from 'prom-client';
import type { DoorObserver } from './routes/door.js';

/** Counts the events that the doors accept and the requests that they refuse. */
export function createIngestMetrics(registry: Registry): DoorObserver {
  const accepted = new Counter({
    name: 'callbus_events_accepted_total',
    help: 'Events that were accepted, including repeats that were not published again.',
    labelNames: ['dialect'],
    registers: [registry],
  });
  const refused = new Counter({
    name: 'callbus_events_refused_total',
    help: 'Publish requests that were refused, by reason. A request is refused as a whole.',
    labelNames: ['dialect', 'reason'],
    registers: [registry],
  });
  // One child per API: a look-up of the label for every request costs more than the counting.
  const counts = new Map<string, Counter.Internal>();
  return {
    opened(api) {
      const count = accepted.labels({ dialect: api });
      count.inc(0);
      counts.set(api, count);
    },
    accepted: (api, events) => counts.get(api)?.inc(events),
    refused: (api, reason) => refused.inc({ dialect: api, reason }),
  };
}
