import type { MessageFormat, Table } from '@callbus/contracts/message-format';
import { IllegalOperationError, type ConfirmChannel, type Message, type Options } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerUnavailable, type BrokerState, type Publishing } from '../broker.js';
import { keepConnected, type Session } from './connection.js';
import { encodeByHand } from './encode-publish.js';
import { createPropertiesOf, type Headers } from './message-properties.js';
import { declareTopology, type Names } from './topology.js';
import { createUnconfirmed, type Unconfirmed } from './unconfirmed.js';

/** Bodies that may wait for their confirm at once: what a burst may cost in memory. */
const maxUnconfirmedBytes = 64 * 1024 * 1024;

/** Confirm time-outs beyond its own after which a message's confirm will never come. */
const lostAfterTimeouts = 5;

/**
 * A quorum queue that is declared again at once after its deletion cuts its consumers off: RabbitMQ neither cancels them
 * nor hands anything over to them (seen on 3.10). A second later they have been cancelled, and come back.
 */
const redeclareDelayMs = 1_000;

/** RabbitMQ tells of an alarm only whoever publishes: who had nothing to publish for so long asks. */
const silenceMs = 200;
const askMs = 1_000;

export interface PublisherOptions {
  readonly url: string;
  readonly name: string;
  readonly names: Names;
  readonly confirmTimeoutMs: number;
  readonly maxUnconfirmed: number;
  readonly format: MessageFormat;
  readonly logger: Logger;
}

interface OpenChannel {
  readonly session: Session<ConfirmChannel>;
  readonly unconfirmed: Unconfirmed;
  isBlocked: boolean;
}

/** Publishes with confirms on a connection of its own, which the broker may block without harm to consuming. */
export async function createPublisher(options: PublisherOptions) {
  const { names, logger } = options;
  const propertiesOf = createPropertiesOf(options.format);
  let open: OpenChannel | undefined;
  let redeclaring: NodeJS.Timeout | undefined;
  /** When the broker last confirmed a message. */
  let heardAt = -Infinity;
  let asking: Promise<void> | undefined;

  const connection = await keepConnected<ConfirmChannel>({
    url: options.url,
    name: options.name,
    logger,
    createChannel: (model) => model.createConfirmChannel(),
    onOpen: async (session) => {
      await declareTopology(session.channel, names);
      if (session.isOpen()) open = start(session);
    },
    onLost: (session, reason) => {
      if (open?.session !== session) return;
      open.unconfirmed.close(reason);
      open = undefined;
    },
  });

  function start(session: Session<ConfirmChannel>): OpenChannel {
    const { model, channel } = session;
    encodeByHand(model);
    const unconfirmed = createUnconfirmed({
      confirmTimeoutMs: options.confirmTimeoutMs,
      maxMessages: options.maxUnconfirmed,
      maxBytes: maxUnconfirmedBytes,
      createError: (reason) => new BrokerUnavailable(reason),
    });
    const opened = { session, unconfirmed, isBlocked: false };
    channel.on('ack', ({ deliveryTag, multiple }) => {
      heardAt = performance.now();
      unconfirmed.confirm(deliveryTag, multiple);
    });
    channel.on('nack', ({ deliveryTag, multiple }) => unconfirmed.refuse(deliveryTag, multiple));
    channel.on('return', (message) => onReturned(unconfirmed, message));
    model.on('blocked', (reason) => {
      logger.warn({ reason }, 'rabbitmq takes no messages');
      opened.isBlocked = true;
      unconfirmed.failAll('rabbitmq takes no messages now');
    });
    model.on('unblocked', () => {
      logger.info('rabbitmq takes messages again');
      opened.isBlocked = false;
    });
    return opened;
  }

  /** By a message for a queue that is not there: the broker drops it, unless it takes none. */
  function ask(): Promise<void> | undefined {
    if (performance.now() - heardAt < silenceMs) return undefined;
    return (asking ??= publish('', names.nobody, Buffer.alloc(0), {})
      .catch(() => undefined)
      .finally(() => (asking = undefined)));
  }

  /** The queue is gone; the confirm that still comes says nothing more. */
  function onReturned(unconfirmed: Unconfirmed, message: Message): void {
    unconfirmed.fail(tagOf(message), 'the queue is missing and about to be declared again');
    redeclaring ??= setTimeout(redeclare, redeclareDelayMs);
  }

  function redeclare(): void {
    redeclaring = undefined;
    if (open === undefined) return; // The next connection declares it.
    declareTopology(open.session.channel, names).catch((error: unknown) =>
      logger.error({ err: error }, 'declaring a missing queue failed'),
    );
  }

  function publish(exchange: string, routingKey: string, body: Buffer, properties: Options.Publish): Promise<void> {
    if (open === undefined) return Promise.reject(new BrokerUnavailable('not connected to rabbitmq'));
    if (open.isBlocked) return Promise.reject(new BrokerUnavailable('rabbitmq takes no messages now'));
    const { session, unconfirmed } = open;
    if (unconfirmed.isFull()) return refuse(open);
    try {
      session.channel.publish(exchange, routingKey, body, properties);
    } catch (error) {
      return Promise.reject(asUnavailable(error));
    }
    return unconfirmed.add(body.length);
  }

  function refuse(full: OpenChannel): Promise<never> {
    dropIfLost(full);
    return Promise.reject(new BrokerUnavailable('too many messages wait for their confirm'));
  }

  /** What stays full of messages that are long overdue would stay so for ever: confirms have been lost. */
  function dropIfLost({ session, unconfirmed }: OpenChannel): void {
    if (unconfirmed.overdueMs() > lostAfterTimeouts * options.confirmTimeoutMs) session.drop('confirms do not come');
  }

  const state = (): BrokerState => (open === undefined ? 'away' : open.isBlocked ? 'blocked' : 'open');

  const askTimer = setInterval(() => void ask(), askMs).unref();

  return {
    /** Resolves when the message is safe in a queue; rejects when there is none for it. */
    publishMessage(exchange: string, routingKey: string, headers: Headers, body: Buffer, table?: Table): Promise<void> {
      const correlationId = nameOfTag(open?.unconfirmed.nextTag() ?? 0);
      return publish(exchange, routingKey, body, propertiesOf(headers, correlationId, table));
    },
    /** Whether a message would be refused for want of room, and there is sense in waiting for some. */
    isFull: () => open?.unconfirmed.isFull() === true && !open.isBlocked,
    /** Resolves when it is worth while to ask again. */
    async room(): Promise<void> {
      if (open === undefined) return;
      dropIfLost(open);
      await open.unconfirmed.room();
    },
    /** After a silence: resolves when it is known whether the broker takes messages. */
    ask,
    /** Resolves when the message is in the queues that are bound now, if any; they live no longer than their consumers. */
    announce(exchange: string, body: Buffer): Promise<void> {
      return publish(exchange, '', body, { contentType: 'application/json' });
    },

    untilReady: () => connection.untilReady(),
    state,
    publishing(): Publishing {
      const now = state();
      return now === 'open' ? { ok: true } : { ok: false, reason: now };
    },
    async close(): Promise<void> {
      await open?.unconfirmed.drained();
      clearTimeout(redeclaring);
      clearInterval(askTimer);
      await connection.close();
    },
  };
}

/** Not in decimals: those of thousands of numbers a second V8 would keep in a cache, and fill the old generation with them. */
function nameOfTag(tag: number): string {
  return tag.toString(36);
}

function tagOf({ properties }: Message): number {
  return parseInt(String(properties.correlationId), 36);
}

/** Only a channel that is closing throws this; anything else is the fault of the message. */
function asUnavailable(error: unknown): Error {
  if (error instanceof IllegalOperationError) return new BrokerUnavailable('the connection to rabbitmq is closing');
  return error instanceof Error ? error : new Error(String(error));
}
