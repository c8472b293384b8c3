import type { WorkQueue } from '@callbus/contracts/topology';
import type { Broker, Outcome } from './broker.js';

/** Is told what becomes of events and tasks. It runs with each of them, so it has to be quick, and must not throw. */
export interface BrokerObserver {
  /** The broker has confirmed an event, a batch of them, or a delivery that came from no queue. */
  confirmed(durationMs: number): void;
  /** A consumer of this queue begins. */
  consuming(queue: WorkQueue): void;
  /** What its handler says of it, before that is durable. */
  settled(queue: WorkQueue, outcome: Outcome): void;
}

/** The same broker, watched. */
export function observeBroker(broker: Broker, observer: BrokerObserver): Broker {
  async function timed(publishing: Promise<void>): Promise<void> {
    const start = performance.now();
    await publishing;
    observer.confirmed(performance.now() - start);
  }

  function watchTasks({ tasks, parked = [] }: Extract<Outcome, { kind: 'dispatched' }>): void {
    for (const { subscriptions, delayMs } of parked)
      subscriptions.forEach(() => observer.settled('deliveries', { kind: 'park', delayMs }));
    // Whoever waits for a task that fails hears of it.
    for (const { outcome } of tasks)
      outcome?.then((became) => observer.settled('deliveries', became)).catch(() => undefined);
  }

  return {
    ...broker,
    publishEvent: (message) => timed(broker.publishEvent(message)),
    publishBatch: (events) => timed(broker.publishBatch(events)),
    publishDelivery: (message) => timed(broker.publishDelivery(message)),
    consume(queue, { prefetch, handle }) {
      observer.consuming(queue);
      return broker.consume(queue, {
        prefetch,
        async handle(message, hold) {
          const outcome = await handle(message, hold);
          observer.settled(queue, outcome);
          if (outcome.kind === 'dispatched') watchTasks(outcome);
          return outcome;
        },
      });
    },
  };
}
