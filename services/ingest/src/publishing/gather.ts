import type { Broker } from '@callbus/broker/broker';
import type { EventMessage } from '@callbus/contracts/event';
import { batchMost, isAlike } from '@callbus/contracts/event-batch';

/** An event waits no longer for a confirm than this; RabbitMQ's usually take 1 to 3 ms. */
const longestWaitMs = 5;

interface Waiting {
  readonly event: EventMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The events of one kind that come while a message of their kind is unconfirmed. */
interface Gathering {
  readonly first: EventMessage;
  unconfirmed: number;
  waiting: Waiting[];
  bytes: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The same broker, in which events of different requests share a message, because RabbitMQ's work is by the message
 * (docs/decisions/0040-requests-share-messages.md). An event goes at once while no message of its kind is unconfirmed, so an idle
 * bus adds no wait. Otherwise it waits until all of them are confirmed, or until a message is full. Each publish is answered by the
 * confirm of its own message.
 */
export function gatherEvents(broker: Broker): Broker {
  const gatherings = new Map<string, Gathering>();

  function publishEvent(event: EventMessage): Promise<void> {
    const { name } = event.headers;
    const gathering = gatherings.get(name);
    if (gathering === undefined) {
      const begun: Gathering = { first: event, unconfirmed: 0, waiting: [], bytes: 0, timer: undefined };
      gatherings.set(name, begun);
      return send(begun, [event]);
    }
    if (!isAlike(gathering.first.headers, event.headers)) return broker.publishEvent(event);
    if (gathering.waiting.length === batchMost.events || gathering.bytes + event.body.length > batchMost.bytes)
      flush(gathering);
    return new Promise((resolve, reject) => {
      gathering.waiting.push({ event, resolve, reject });
      gathering.bytes += event.body.length;
      gathering.timer ??= setTimeout(flush, longestWaitMs, gathering);
    });
  }

  async function send(gathering: Gathering, events: readonly EventMessage[]): Promise<void> {
    gathering.unconfirmed += 1;
    try {
      await broker.publishBatch(events);
    } finally {
      gathering.unconfirmed -= 1;
      if (gathering.unconfirmed === 0) {
        if (gathering.waiting.length > 0) flush(gathering);
        else gatherings.delete(gathering.first.headers.name);
      }
    }
  }

  function flush(gathering: Gathering): void {
    clearTimeout(gathering.timer);
    gathering.timer = undefined;
    const { waiting } = gathering;
    if (waiting.length === 0) return;
    gathering.waiting = [];
    gathering.bytes = 0;
    send(
      gathering,
      waiting.map(({ event }) => event),
    ).then(
      () => {
        for (const { resolve } of waiting) resolve();
      },
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  return {
    ...broker,
    publishEvent,
    publishBatch: (events) => {
      const [first, ...others] = events;
      return first !== undefined && others.length === 0 ? publishEvent(first) : broker.publishBatch(events);
    },
  };
}
