import type { EventHeaders } from '@callbus/contracts/events/event';
import type { Table } from '@callbus/contracts/messages/message-format';
import { IllegalOperationError, type ConfirmChannel, type Message, type Options } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerUnavailable, MessageTooLarge } from '../../broker.js';
import type { Session } from '../connection/connection.js';
import { createRouteProbe } from '../topology/route-probe.js';
import type { Names } from '../topology/topology.js';
import { encodeByHand } from './encode-publish.js';
import { fits, fitsWithGrowth, headersMaxBytes } from './header-limit.js';
import type { ChannelHealth, Target } from './publishing-health.js';
import type { Capacity } from './unconfirmed-capacity.js';
import { createUnconfirmed } from './unconfirmed.js';

export interface OpenChannelOptions {
  readonly names: Names;
  readonly confirmTimeoutMs: number;
  readonly capacity: Capacity;
  readonly channelHealth: ChannelHealth;
  /** Called when a message was returned because its queue is missing. */
  readonly onMissingQueue: () => void;
  readonly logger: Logger;
}

export type OpenChannel = ReturnType<typeof createOpenChannel>;

/** Publishes with confirms on one channel. */
export function createOpenChannel(session: Session<ConfirmChannel>, options: OpenChannelOptions) {
  const { model, channel } = session;
  const { names, channelHealth, logger } = options;
  const maxBytes = headersMaxBytes(model);
  const unconfirmed = createUnconfirmed({
    confirmTimeoutMs: options.confirmTimeoutMs,
    capacity: options.capacity,
    createError: (reason, fault) => new BrokerUnavailable(reason, undefined, fault),
    health: channelHealth,
  });
  let { isBlocked } = session;
  let confirmedAt = -Infinity;

  encodeByHand(model);
  channelHealth.opened();
  channel.on('ack', ({ deliveryTag, multiple }) => {
    confirmedAt = performance.now();
    if (unconfirmed.confirm(deliveryTag, multiple)) channelHealth.noteTaken(confirmedAt);
  });
  channel.on('nack', ({ deliveryTag, multiple }) => unconfirmed.refuse(deliveryTag, multiple));
  channel.on('return', onReturned);
  model.on('blocked', (reason) => {
    logger.warn({ reason }, 'rabbitmq takes no messages');
    isBlocked = true;
    unconfirmed.failAll('rabbitmq takes no messages now');
  });
  model.on('unblocked', () => {
    logger.info('rabbitmq takes messages again');
    isBlocked = false;
  });

  function onReturned(message: Message): void {
    if (message.fields.exchange === names.changesExchange) {
      unconfirmed.returned(tagOf(message), 'no process watches subscription changes', false);
      return;
    }
    unconfirmed.returned(tagOf(message), 'the queue is missing and is declared again soon');
    options.onMissingQueue();
  }

  return {
    session,
    unconfirmed,
    isBlocked: () => isBlocked,
    /** The time of the last confirm, on the clock of `performance.now()`. */
    confirmedAt: () => confirmedAt,
    isRouted: createRouteProbe(model, names),
    /** Whether the headers of an event fit into every message that follows from it. */
    fits: (headers: EventHeaders) => fitsWithGrowth(headers, maxBytes),
    nextCorrelationId: () => nameOfTag(unconfirmed.nextTag()),

    /** @param target undefined for a message whose confirm says nothing about a queue */
    publish(
      exchange: string,
      routingKey: string,
      body: Buffer,
      properties: Options.Publish,
      target: Target | undefined,
    ): Promise<void> {
      if (isBlocked) return Promise.reject(new BrokerUnavailable('rabbitmq takes no messages now'));
      const headers = properties.headers as Table | undefined;
      if (headers !== undefined && !fits(headers, maxBytes)) return Promise.reject(new MessageTooLarge());
      try {
        channel.publish(exchange, routingKey, body, properties);
      } catch (error) {
        return Promise.reject(asUnavailable(error));
      }
      return unconfirmed.add(body.length, target && channelHealth.tried(target));
    },
  };
}

/** The tag in base 36, because V8 caches the decimal strings of numbers, and thousands per second would fill the old generation. */
function nameOfTag(tag: number): string {
  return tag.toString(36);
}

function tagOf({ properties }: Message): number {
  return parseInt(String(properties.correlationId), 36);
}

/** amqplib throws this error only when the channel is closing. Every other error is the fault of the message. */
function asUnavailable(error: unknown): Error {
  if (error instanceof IllegalOperationError) return new BrokerUnavailable('the connection to rabbitmq is closing');
  return error instanceof Error ? error : new Error(String(error));
}
