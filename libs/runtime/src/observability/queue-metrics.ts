import type { Broker, QueueState, ReceivedMessage } from '@callbus/broker/broker';
import { createQueueAge } from '@callbus/broker/observing/queue-age';
import { enteredAt } from '@callbus/contracts/messages/entered-at';
import type { QueueName, WorkQueue } from '@callbus/contracts/messages/topology';
import { Gauge, type Registry } from 'prom-client';

/**
 * Measures the depth of the queues at every scrape. While the broker does not answer, the gauges have no values. Only the
 * queues that this process consumes have an age.
 */
export function measureQueues(broker: Broker, registry: Registry) {
  const ages = new Map<QueueName, ReturnType<typeof createQueueAge>>();

  function measure(name: string, help: string, valueOf: (state: QueueState) => number | undefined): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames: ['queue'],
      registers: [registry],
      async collect() {
        const states = await broker.queues().catch(() => []);
        gauge.reset();
        for (const state of states) {
          const value = valueOf(state);
          if (value !== undefined) gauge.set({ queue: state.name }, value);
        }
      },
    });
  }

  function ageS({ name, ready }: QueueState): number | undefined {
    const ageMs = ages.get(name)?.ageMs(ready, Date.now());
    return ageMs === undefined ? undefined : ageMs / 1_000;
  }

  measure('callbus_queue_messages_ready', 'Messages that are ready in a queue.', ({ ready }) => ready);
  measure('callbus_queue_consumers', 'Consumers of a queue.', ({ consumers }) => consumers);
  measure(
    'callbus_queue_oldest_message_age_seconds',
    'Time for which the oldest message of a queue has been ready.',
    ageS,
  );

  return {
    consuming(queue: WorkQueue): void {
      if (!ages.has(queue)) ages.set(queue, createQueueAge(Date.now()));
    },
    taken(queue: WorkQueue, message: ReceivedMessage): void {
      const at = enteredAt(queue, message);
      if (at !== undefined) ages.get(queue)?.taken(at);
    },
  };
}
