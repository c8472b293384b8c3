import type { Table } from '@callbus/contracts/messages/message-format';
import { originalTable } from '@callbus/contracts/messages/set-aside';
import { retryTiers, type RetryTier, type WorkQueue } from '@callbus/contracts/messages/topology';
import type { Logger } from 'pino';
import { BrokerUnavailable, type Broker, type QueueState, type WatchOptions } from './broker.js';
import { createMemoryQueue, type MemoryQueue } from './memory/memory-queue.js';
import type { NextStep } from './next-step.js';
import { createObservers } from './observing/observers.js';
import { openWatch, passChange } from './consuming/watch.js';
import { createWork, failurePauseMs, type WorkOptions } from './consuming/work.js';

export interface MemoryBrokerOptions {
  readonly logger: Logger;
}

/** A message that returns more often becomes undelivered as poison. */
const deliveryLimit = 20;

/** A broker within one process, for trial and development. Its messages are lost when the process ends. */
export const createMemoryBroker = (options: MemoryBrokerOptions): Broker =>
  createMemoryBrokerWith({ ...options, failurePauseMs });

/** The same with another pause, for the tests of the broker. */
export function createMemoryBrokerWith(options: MemoryBrokerOptions & Pick<WorkOptions, 'failurePauseMs'>): Broker {
  const { logger } = options;
  const watches = new Map<WatchOptions, Promise<void>>();
  const retries = new Map<NodeJS.Timeout, RetryTier>();
  const observers = createObservers();
  let isOpen = true;

  const queues: Record<WorkQueue, MemoryQueue> = {
    events: createMemoryQueue({ deliveryLimit, onPoison: deadLetterFrom('events') }),
    deliveries: createMemoryQueue({ deliveryLimit, onPoison: deadLetterFrom('deliveries') }),
    undelivered: createMemoryQueue({ deliveryLimit: Infinity, onPoison: () => undefined }),
  };

  function deadLetterFrom(queue: WorkQueue) {
    return (headers: Table, body: Buffer) =>
      queues.undelivered.push(
        { ...headers, 'x-first-death-reason': 'delivery_limit', 'x-death': [{ queue, reason: 'delivery_limit' }] },
        body,
      );
  }

  function publish(queue: WorkQueue, headers: object, body: Buffer): Promise<void> {
    if (!isOpen) return Promise.reject(new BrokerUnavailable('the broker is closed'));
    queues[queue].push({ ...headers }, body);
    return observers.published(Promise.resolve(), queue, headers);
  }

  async function forward(step: NextStep, body: Buffer): Promise<boolean> {
    const { queue, after, headers, table } = step;
    const push = () => queues[queue].push({ ...(table ?? headers) }, body);
    if (after) pushLater(push, after);
    else push();
    await observers.forwarded(Promise.resolve(), step);
    return true;
  }

  function pushLater(push: () => void, tier: RetryTier): void {
    const retry = setTimeout(() => {
      retries.delete(retry);
      push();
    }, tier.delayMs);
    retries.set(retry, tier);
  }

  function retryStates(): QueueState[] {
    const waiting = [...retries.values()];
    return retryTiers.map((tier) => ({
      name: `retry.${tier.name}`,
      ready: waiting.filter((each) => each === tier).length,
      consumers: 0,
    }));
  }

  return {
    fits: () => true,
    publishEvent: ({ headers, body }) => publish('events', headers, body),
    async publishBatch(events) {
      await Promise.all(events.map(({ headers, body }) => publish('events', headers, body)));
    },
    publishDelivery: ({ headers, body }) => publish('deliveries', headers, body),
    putBack: ({ queue, headers, table, body }) => publish(queue, originalTable(table ?? headers), body),

    async consume(queue, { prefetch, handle }) {
      observers.consuming(queue);
      await Promise.all(watches.values());
      if (!isOpen) throw new BrokerUnavailable('the broker is closed');
      const work = createWork({
        queue,
        prefetch,
        handle,
        failurePauseMs: options.failurePauseMs,
        observers,
        logger,
      });
      return queues[queue].consume(prefetch, (message, isOurs) =>
        work(message, { forward, isOurs, isLost: () => !isOpen, untilMs: Infinity, isShared: false }),
      );
    },

    announceChange(body, of = 'subscriptions') {
      if (!isOpen) return Promise.reject(new BrokerUnavailable('the broker is closed'));
      for (const watch of watches.keys()) if ((watch.of ?? 'subscriptions') === of) passChange(watch, body, logger);
      return Promise.resolve();
    },
    async watchChanges(watchOptions) {
      const watch = { ...watchOptions };
      const isWanted = () => isOpen && watches.has(watch);
      const opening = Promise.resolve().then(() => openWatch(watch, isWanted, logger));
      watches.set(watch, opening);
      await opening;
      return { stop: () => Promise.resolve(void watches.delete(watch)) };
    },

    queues() {
      const { events, deliveries, undelivered } = queues;
      const work: QueueState[] = [
        { name: 'events', ...events.state() },
        { name: 'deliveries', ...deliveries.state() },
        { name: 'undelivered', ...undelivered.state() },
      ];
      return Promise.resolve([...work, ...retryStates()]);
    },
    observe: observers.add,
    state: () => (isOpen ? 'open' : 'away'),
    publishing: () => (isOpen ? { ok: true } : { ok: false, reason: 'away' }),
    async close() {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
      isOpen = false;
      for (const retry of retries.keys()) clearTimeout(retry);
    },
  };
}
