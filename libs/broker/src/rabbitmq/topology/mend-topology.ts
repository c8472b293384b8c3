import type { ChannelModel } from 'amqplib';
import type { Logger } from 'pino';
import { declareOn, isNotFound, onChannel } from './declare-once.js';
import type { Names } from './topology.js';

/**
 * When a quorum queue is declared again right after its deletion, RabbitMQ neither cancels the old consumers nor hands them messages (seen on
 * 3.10). One second later it has cancelled them, and they begin again.
 */
const redeclareDelayMs = 1_000;

/** The longest time for which the guard exchange may be missing without notice. */
const guardCheckMs = 5_000;

/** A queue without a leader may never answer. */
const queueCheckTimeoutMs = 500;

export interface MendingOptions {
  readonly names: Names;
  readonly logger: Logger;
  readonly model: () => ChannelModel | undefined;
}

/** Declares missing queues and exchanges again while publishing goes on. */
export function createMending({ names, logger, model }: MendingOptions) {
  let timer: NodeJS.Timeout | undefined;
  let declaring: Promise<void> | undefined;
  let lastFailure: string | undefined;
  let checking: Promise<void> | undefined;

  const checks = setInterval(() => {
    checking ??= checkGuard()
      .catch((error: unknown) => {
        if (isNotFound(error)) start();
      })
      .finally(() => (checking = undefined));
  }, guardCheckMs).unref();

  /** RabbitMQ does not report when the guard is deleted. Without the guard, no event is refused when a tap hides a missing queue. */
  async function checkGuard(): Promise<void> {
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
      lastFailure = undefined;
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      if (message !== lastFailure) logger.error({ error: message }, 'declaring a missing queue has failed');
      lastFailure = message;
    }
  }

  async function checkQueue(queue: string): Promise<void> {
    const open = model();
    if (open !== undefined) await onChannel(open, (channel) => channel.checkQueue(queue));
  }

  return {
    /** Declares everything again, unless that is under way already. */
    declare: start,
    /** Declares everything again after a pause, for a queue that may have been deleted just now. */
    declareLater(): void {
      timer ??= setTimeout(() => {
        timer = undefined;
        start();
      }, redeclareDelayMs);
    },
    /** @returns whether the queue is missing; false when the broker does not answer */
    async isMissing(queue: string): Promise<boolean> {
      const timeout = new Promise<boolean>((resolve) => setTimeout(resolve, queueCheckTimeoutMs, false).unref());
      return Promise.race([checkQueue(queue).then(() => false, isNotFound), timeout]);
    },
    stop(): void {
      clearTimeout(timer);
      clearInterval(checks);
    },
  };
}
