import type { Broker } from '@callbus/broker/broker';
import type { EventMessage } from '@callbus/contracts/events/event';
import { batchMost } from '@callbus/contracts/events/event-batch';

/** The longest time that an event waits for earlier confirms. RabbitMQ usually confirms within 1 to 3 ms. */
const longestWaitMs = 5;

interface Waiting {
  readonly event: EventMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Wraps a broker so that events of different requests share messages, because RabbitMQ's cost is per message
 * (docs/decisions/0040-events-of-several-requests-share-a-message.md). While no message is unconfirmed an event is sent at once, so that an
 * idle bus adds no wait. Otherwise the event waits until all messages are confirmed, or until its message is full. Each
 * publish resolves with the confirm of its own message.
 */
export function gatherEvents(broker: Broker): Broker {
  let unconfirmed = 0;
  let waiting: Waiting[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  function publishEvent(event: EventMessage): Promise<void> {
    if (unconfirmed === 0) return send([event]);
    if (waiting.length === batchMost.events || bytes + event.body.length > batchMost.bytes) flush();
    return new Promise((resolve, reject) => {
      waiting.push({ event, resolve, reject });
      bytes += event.body.length;
      timer ??= setTimeout(flush, longestWaitMs);
    });
  }

  async function send(events: readonly EventMessage[]): Promise<void> {
    unconfirmed += 1;
    try {
      await broker.publishBatch(events);
    } finally {
      unconfirmed -= 1;
      if (unconfirmed === 0) flush();
    }
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const sent = waiting;
    waiting = [];
    bytes = 0;
    send(sent.map(({ event }) => event)).then(
      () => {
        for (const { resolve } of sent) resolve();
      },
      (error: unknown) => {
        for (const { reject } of sent) reject(error);
      },
    );
  }

  return {
    ...broker,
    publishEvent,
    publishBatch: (events) => {
      const [first] = events;
      return first !== undefined && events.length === 1 ? publishEvent(first) : broker.publishBatch(events);
    },
  };
}
