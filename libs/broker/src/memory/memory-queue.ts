import { createInFlight, type InFlight } from '@callbus/concurrency/in-flight';
import type { Table } from '@callbus/contracts/messages/message-format';
import type { Consumer, ReceivedMessage } from '../broker.js';
import type { Verdict } from '../consuming/work.js';

export interface MemoryQueueOptions {
  /** A message that fails more often is poison. */
  readonly deliveryLimit: number;
  readonly onPoison: (headers: Table, body: Buffer) => void;
}

export type MemoryQueue = ReturnType<typeof createMemoryQueue>;

interface QueuedMessage extends ReceivedMessage {
  isRedelivered: boolean;
  failures: number;
}

interface MemoryConsumer {
  readonly prefetch: number;
  readonly take: (message: ReceivedMessage, isOurs: () => boolean) => Promise<Verdict>;
  readonly isAtWork: () => boolean;
  isStopping: boolean;
  readonly inFlight: InFlight;
}

/** A queue that hands out messages in order, to its consumers in turn. A message that is not acked returns to the front of the queue. */
export function createMemoryQueue(options: MemoryQueueOptions) {
  const messages: QueuedMessage[] = [];
  let consumers: MemoryConsumer[] = [];

  function deliver(): void {
    for (;;) {
      const consumer = consumers.find((each) => each.inFlight.count() < each.prefetch);
      if (consumer === undefined) return;
      const message = messages.shift();
      if (message === undefined) return;
      consumers = [...consumers.filter((each) => each !== consumer), consumer];
      consumer.inFlight.begin();
      // Deferred, so that the publisher continues before the handler begins, as with a remote broker.
      setImmediate(() => void handle(consumer, message));
    }
  }

  async function handle(consumer: MemoryConsumer, message: QueuedMessage): Promise<void> {
    const verdict = await consumer.take(message, consumer.isAtWork);
    if (verdict === 'fail') message.failures += 1;
    if (message.failures > options.deliveryLimit) options.onPoison(message.headers, message.body);
    else if (verdict !== 'ack') messages.unshift({ ...message, isRedelivered: true });
    consumer.inFlight.end();
    deliver();
  }

  async function stop(consumer: MemoryConsumer): Promise<void> {
    consumer.isStopping = true;
    consumers = consumers.filter((each) => each !== consumer);
    await consumer.inFlight.idle();
  }

  return {
    push(headers: Table, body: Buffer): void {
      messages.push({ headers, body, failures: 0, isRedelivered: false });
      deliver();
    },
    consume(prefetch: number, take: MemoryConsumer['take']): Consumer {
      const isAtWork = () => !consumer.isStopping;
      const consumer: MemoryConsumer = { prefetch, take, isAtWork, isStopping: false, inFlight: createInFlight() };
      consumers.push(consumer);
      deliver();
      return { stop: () => stop(consumer) };
    },
    state: () => ({ ready: messages.length, consumers: consumers.length }),
    async close(): Promise<void> {
      await Promise.all(consumers.map(stop));
    },
  };
}
