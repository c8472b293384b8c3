import type { ChannelModel } from 'amqplib';
import type { Logger } from 'pino';
import { declareOn, isNotFound, onChannel } from './declare-once.js';
import type { Names } from './topology.js';

/**
 * A quorum queue that is declared again right after its deletion cuts off its consumers: RabbitMQ neither cancels them nor hands them
 * messages (seen on 3.10). A second later they have been cancelled, and come back.
 */
const redeclareDelayMs = 1_000;

/** How long the guard that refuses events for a missing queue may be missing itself. */
const lookMs = 5_000;

/** A queue without a leader may not answer. */
const checkTimeoutMs = 500;

export interface MendingOptions {
  readonly names: Names;
  readonly logger: Logger;
  readonly model: () => ChannelModel | undefined;
}

/** Finds missing queues and exchanges, and declares them again while publishing goes on. */
export function createMending({ names, logger, model }: MendingOptions) {
  let timer: NodeJS.Timeout | undefined;
  let declaring: Promise<void> | undefined;
  let complaint: string | undefined;
  let looking: Promise<void> | undefined;

  const looks = setInterval(() => {
    looking ??= lookAtRefusal()
      .catch((error: unknown) => {
        if (isNotFound(error)) start();
      })
      .finally(() => (looking = undefined));
  }, lookMs).unref();

  /** RabbitMQ reports no deletion of the guard. Without it no event is refused when a tap hides a missing queue. */
  async function lookAtRefusal(): Promise<void> {
    const open = model();
    if (open === undefined) return;
    await onChannel(open, async (channel) => {
      await channel.checkExchange(names.guardExchange);
      await channel.checkExchange(names.refusalExchange);
      await channel.checkQueue(names.refusingQueue);
    });
  }

  function start(): void {
    declaring ??= declare().finally(() => (declaring = undefined));
  }

  async function declare(): Promise<void> {
    try {
      const open = model();
      if (open !== undefined) await declareOn(open, names);
      complaint = undefined;
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      if (message !== complaint) logger.error({ error: message }, 'declaring a missing queue failed');
      complaint = message;
    }
  }

  async function checkQueue(queue: string): Promise<void> {
    const asked = model();
    if (asked !== undefined) await onChannel(asked, (channel) => channel.checkQueue(queue));
  }

  return {
    /** Declares everything, unless a declaration is under way. */
    declare: start,
    /** For a queue that has just been found missing. */
    declareLater(): void {
      timer ??= setTimeout(() => {
        timer = undefined;
        start();
      }, redeclareDelayMs);
    },
    /** @returns false also when the broker does not answer */
    async isMissing(queue: string): Promise<boolean> {
      const late = new Promise<boolean>((resolve) => setTimeout(resolve, checkTimeoutMs, false).unref());
      const asked = checkQueue(queue).then(() => false, isNotFound);
      return Promise.race([asked, late]);
    },
    stop(): void {
      clearTimeout(timer);
      clearInterval(looks);
    },
  };
}
