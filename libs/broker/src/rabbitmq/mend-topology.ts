import type { Channel, ChannelModel } from 'amqplib';
import type { Logger } from 'pino';
import { declareTopology, type Names } from './topology.js';

/**
 * A quorum queue that is declared again at once after its deletion cuts its consumers off: RabbitMQ neither cancels them
 * nor hands anything over to them (seen on 3.10). A second later they have been cancelled, and come back.
 */
const redeclareDelayMs = 1_000;

/** A queue without a leader may not answer. */
const checkTimeoutMs = 500;

/** AMQP 0-9-1, reply codes. */
const notFound = 404;

export interface MendingOptions {
  readonly names: Names;
  readonly logger: Logger;
  readonly model: () => ChannelModel | undefined;
}

/**
 * Finds out what is missing and declares it again. On channels of their own: what is published need not wait for it, and the broker
 * closes the channel on which something is missing or different.
 */
export function createMending({ names, logger, model }: MendingOptions) {
  let timer: NodeJS.Timeout | undefined;
  let declaring: Promise<void> | undefined;
  let complaint: string | undefined;

  async function onChannel<T>(use: (channel: Channel) => Promise<T>): Promise<T | undefined> {
    const channel = await model()?.createChannel();
    // What goes wrong rejects what was asked.
    channel?.on('error', () => undefined);
    const result = channel && (await use(channel));
    await channel?.close();
    return result;
  }

  async function declare(): Promise<void> {
    try {
      await onChannel((channel) => declareTopology(channel, names));
      complaint = undefined;
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      if (message !== complaint) logger.error({ error: message }, 'declaring a missing queue failed');
      complaint = message;
    }
  }

  return {
    /** Declares everything, unless that is under way. */
    declare(): void {
      declaring ??= declare().finally(() => (declaring = undefined));
    },
    /** For a queue of which it is known only now that it is missing. */
    declareLater(): void {
      timer ??= setTimeout(() => {
        timer = undefined;
        this.declare();
      }, redeclareDelayMs);
    },
    /** @returns false also when the broker does not say */
    async isMissing(queue: string): Promise<boolean> {
      const late = new Promise<boolean>((resolve) => setTimeout(resolve, checkTimeoutMs, false).unref());
      const asked = onChannel((channel) => channel.checkQueue(queue)).then(
        () => false,
        (error: unknown) => isNotFound(error),
      );
      return Promise.race([asked, late]);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Whether the broker said that a queue or an exchange is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === notFound;
}
