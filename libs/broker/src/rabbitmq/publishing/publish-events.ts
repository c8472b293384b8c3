import type { EventHeaders, EventMessage } from '@callbus/contracts/events/event';
import { encodeBatch, kindsOf, ofEachKind, type BatchHeaders } from '@callbus/contracts/events/event-batch';
import type { MessageFormat } from '@callbus/contracts/messages/message-format';
import { routingKeyOf } from '@callbus/contracts/messages/topology';
import { MessageTooLarge } from '../../broker.js';
import type { Observers } from '../../observing/observers.js';
import type { Publisher } from './publisher.js';

export interface PublishEventsOptions {
  readonly publisher: Pick<Publisher, 'publishEvents'>;
  readonly exchange: string;
  readonly format: MessageFormat;
  readonly observers: Pick<Observers, 'published'>;
}

/** Publishes events, alone or in batches. */
export function createPublishEvents({ publisher, exchange, format, observers }: PublishEventsOptions) {
  function publishEvent({ headers, body }: { headers: EventHeaders | BatchHeaders; body: Buffer }): Promise<void> {
    const routingKeys = new Set(kindsOf(headers).map(routingKeyOf));
    return observers.published(publisher.publishEvents(exchange, routingKeys, headers, body), 'events', headers);
  }

  /** Events whose headers are too long for one message share several messages. They are published one after the other, to keep their order. */
  async function publishTogether(events: readonly EventMessage[]): Promise<void> {
    const [first, ...others] = events;
    if (first === undefined) return;
    if (others.length === 0) return publishEvent(first);
    try {
      await publishEvent(encodeBatch([first, ...others]));
    } catch (error) {
      if (!(error instanceof MessageTooLarge)) throw error;
      const middle = Math.ceil(events.length / 2);
      await publishTogether(events.slice(0, middle));
      await publishTogether(events.slice(middle));
    }
  }

  async function publishBatch(events: readonly EventMessage[]): Promise<void> {
    if (format >= 3) await publishTogether(events);
    else await Promise.all(ofEachKind(events).map(publishTogether));
  }

  return { publishEvent, publishBatch };
}
