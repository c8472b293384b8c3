import { Counter, type Registry } from 'prom-client';
import type { DoorObserver } from './routes/door.js';

/** What the doors let in and what they turn away. */
export function createIngestMetrics(registry: Registry): DoorObserver {
  const accepted = new Counter({
    name: 'callbus_events_accepted_total',
    help: 'Events that their publisher was told are safe; a repeat that needed no publishing is one of them.',
    labelNames: ['dialect'],
    registers: [registry],
  });
  const refused = new Counter({
    name: 'callbus_events_refused_total',
    help: 'Publish requests refused, each as a whole, by what was wrong.',
    labelNames: ['dialect', 'reason'],
    registers: [registry],
  });
  // One for each dialect: to find it by its label again with every request costs more than to count.
  const counts = new Map<string, Counter.Internal>();
  return {
    opened(dialect) {
      const count = accepted.labels({ dialect });
      count.inc(0);
      counts.set(dialect, count);
    },
    accepted: (dialect, events) => counts.get(dialect)?.inc(events),
    refused: (dialect, reason) => refused.inc({ dialect, reason }),
  };
}
