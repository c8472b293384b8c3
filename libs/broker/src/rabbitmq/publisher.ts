import type { MessageFormat, Table } from '@callbus/contracts/message-format';
import { IllegalOperationError, type ConfirmChannel, type Message, type Options } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerUnavailable, type BrokerState, type Publishing, type PublishingFault } from '../broker.js';
import { keepConnected, type Session } from './connection.js';
import { encodeByHand } from './encode-publish.js';
import { createMending } from './mend-topology.js';
import { createPropertiesOf, type Headers } from './message-properties.js';
import { createPublishingHealth, type Target } from './publishing-health.js';
import { createPublishingLog } from './publishing-log.js';
import type { Topology } from './declare-once.js';
import { createUnconfirmed, type Unconfirmed } from './unconfirmed.js';

/** Bodies that may wait for their confirm at once: what a burst may cost in memory. */
const maxUnconfirmedBytes = 64 * 1024 * 1024;

/** Confirm time-outs beyond its own after which a message's confirm will never come. */
const lostAfterTimeouts = 5;

/** RabbitMQ tells of an alarm only whoever publishes: who had nothing to publish for so long asks. */
const silenceMs = 200;
const askMs = 1_000;
const lookMs = 500;

export interface PublisherOptions {
  readonly url: string;
  readonly name: string;
  readonly topology: Topology;
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
  const { topology, logger } = options;
  const { names } = topology;
  const propertiesOf = createPropertiesOf(options.format);
  const health = createPublishingHealth({
    now: () => performance.now(),
    confirmTimeoutMs: options.confirmTimeoutMs,
  });
  const events = health.target(names.queue('events'));
  const everything = health.target('all queues');
  const mending = createMending({ names, logger, model: () => open?.session.model });
  const log = createPublishingLog(logger, faultNow);
  let open: OpenChannel | undefined;
  /** When the broker last confirmed anything. */
  let heardAt = -Infinity;
  let asking: Promise<void> | undefined;
  let treating: Promise<void> | undefined;

  const connection = await keepConnected<ConfirmChannel>({
    url: options.url,
    name: options.name,
    logger,
    createChannel: (model) => model.createConfirmChannel(),
    onOpen: async (session) => {
      await topology.ensure(session.model);
      if (!session.isOpen()) return;
      open = start(session);
      // A new channel did not help the last time: its binding may be missing.
      if (events.givenUp > 1) mending.declare();
    },
    onLost: (session, reason) => {
      if (open?.session !== session) return;
      open.unconfirmed.close(reason);
      open = undefined;
    },
    onMissing: () => topology.forget(),
  });

  function start(session: Session<ConfirmChannel>): OpenChannel {
    const { model, channel } = session;
    encodeByHand(model);
    health.channelOpened();
    const unconfirmed = createUnconfirmed({
      confirmTimeoutMs: options.confirmTimeoutMs,
      maxMessages: options.maxUnconfirmed,
      maxBytes: maxUnconfirmedBytes,
      createError: (reason) => new BrokerUnavailable(reason),
      health,
    });
    const opened = { session, unconfirmed, isBlocked: false };
    channel.on('ack', ({ deliveryTag, multiple }) => {
      heardAt = performance.now();
      if (unconfirmed.confirm(deliveryTag, multiple)) health.noteTaken(heardAt);
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
    return (asking ??= publish('', names.nobody, Buffer.alloc(0), {}, undefined)
      .catch(() => undefined)
      .finally(() => (asking = undefined)));
  }

  function onReturned(unconfirmed: Unconfirmed, message: Message): void {
    unconfirmed.returned(tagOf(message), 'the queue is missing and about to be declared again');
    mending.declareLater();
  }

  function look(): void {
    log.look();
    const target = open?.isBlocked === false ? health.stuck() : undefined;
    if (open !== undefined && target !== undefined)
      treating ??= treat(open, target).finally(() => (treating = undefined));
  }

  /** Where nothing is taken, either the queue is missing, which taps of the events hide, or another channel may fare better. */
  async function treat({ session }: OpenChannel, target: Target): Promise<void> {
    if (target === events && (await mending.isMissing(target.name))) {
      health.missing(target);
      mending.declare();
    } else if (target.stuckSince !== undefined) {
      const reason = health.gaveUp(target);
      session.drop(`nothing is taken for ${target.name}: ${reason}`);
    }
  }

  /** @param target undefined for a probe, whose confirm says nothing of a queue */
  function publish(
    exchange: string,
    routingKey: string,
    body: Buffer,
    properties: Options.Publish,
    target: Target | undefined,
  ): Promise<void> {
    if (open === undefined) return Promise.reject(new BrokerUnavailable('not connected to rabbitmq'));
    if (open.isBlocked) return Promise.reject(new BrokerUnavailable('rabbitmq takes no messages now'));
    const { session, unconfirmed } = open;
    if (unconfirmed.isFull()) return refuse(open);
    try {
      session.channel.publish(exchange, routingKey, body, properties);
    } catch (error) {
      return Promise.reject(asUnavailable(error));
    }
    if (everything.fault !== undefined) everything.fault = undefined;
    return unconfirmed.add(body.length, target);
  }

  function refuse(full: OpenChannel): Promise<never> {
    dropIfLost(full);
    health.failed(everything, 'full');
    return Promise.reject(new BrokerUnavailable('too many messages wait for their confirm'));
  }

  /** What stays full of messages that are long overdue would stay so for ever: confirms have been lost. */
  function dropIfLost({ session, unconfirmed }: OpenChannel): void {
    if (unconfirmed.overdueMs() > lostAfterTimeouts * options.confirmTimeoutMs) session.drop('confirms do not come');
  }

  function state(): BrokerState {
    return open === undefined ? 'away' : open.isBlocked ? 'blocked' : 'open';
  }

  function faultNow(): { readonly reason: PublishingFault; readonly queue?: string } | undefined {
    const now = state();
    return now === 'open' ? health.worst() : { reason: now };
  }

  const askTimer = setInterval(() => void ask(), askMs).unref();
  const lookTimer = setInterval(look, lookMs).unref();

  return {
    /** Resolves when the message is safe in a queue; rejects when there is none for it. */
    publishMessage(exchange: string, routingKey: string, headers: Headers, body: Buffer, table?: Table): Promise<void> {
      const correlationId = nameOfTag(open?.unconfirmed.nextTag() ?? 0);
      const properties = propertiesOf(headers, correlationId, table);
      return publish(exchange, routingKey, body, properties, exchange === '' ? health.target(routingKey) : events);
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
      return publish(exchange, '', body, { contentType: 'application/json' }, health.target(exchange));
    },

    untilReady: () => connection.untilReady(),
    state,
    publishing(): Publishing {
      const fault = faultNow();
      return fault === undefined ? { ok: true } : { ok: false, reason: fault.reason };
    },
    async close(): Promise<void> {
      await open?.unconfirmed.drained();
      mending.stop();
      clearInterval(askTimer);
      clearInterval(lookTimer);
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
