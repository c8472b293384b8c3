import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import type { Broker } from '@callbus/broker/broker';
import { createLogger } from '@callbus/runtime/observability/logger';
import { connect } from 'amqplib';
import { createStamp, marksIn, storedEtcEvent, type Names } from '../load/event-bytes.js';
import { serveCommands } from '../processes/serve-commands.js';
import { createTally, type Count } from '../tally.js';

/** Fills queues, and counts the events in them. */
const commands = { fillDeliveries, fillFloor, drain };
export type QueueCommands = typeof commands;
serveCommands(commands);

const atOnce = 2_000;
/** The silence after which a queue counts as drained: `repeatsMs` once all expected events have come. */
const idleMs = 1_000;
const repeatsMs = 200;
const anyName: Names = { first: 0, count: 1 };

/** Publishes deliveries like dispatch, to the subscriptions in turn. */
async function fillDeliveries(options: {
  amqpUrl: string;
  prefix: string;
  subscriptions: readonly number[];
  events: number;
}): Promise<void> {
  const broker = await createRabbitmqBroker({
    url: options.amqpUrl,
    prefix: options.prefix,
    confirmTimeoutMs: 60_000,
    name: 'callbus bench',
    logger: createLogger({ service: 'bench', level: 'warn' }),
  });
  const stamp = createStamp(storedEtcEvent.text);
  await fill(options.events, (sequence) =>
    publishDelivery(broker, {
      sequence,
      body: stamp(sequence, 0, anyName),
      subscription: options.subscriptions[sequence % options.subscriptions.length] ?? 0,
    }),
  );
  await broker.close();
}

function publishDelivery(
  broker: Broker,
  { sequence, body, subscription }: { sequence: number; body: Buffer; subscription: number },
): Promise<void> {
  return broker.publishDelivery({
    headers: {
      id: `00000000-0000-4000-8000-${String(sequence).padStart(12, '0')}`,
      identity: String(sequence).padStart(22, '0'),
      account: '0',
      bus: '',
      name: 'bench.state.n000000',
      type: 'state',
      dialect: 'etc',
      receivedAt: Date.now(),
      dataAt: storedEtcEvent.dataAt,
      subscription,
      attempt: 1,
      parked: 0,
    },
    body,
  });
}

/** Publishes messages with the bytes of callbacks. */
async function fillFloor(options: { amqpUrl: string; queue: string; events: number }): Promise<void> {
  const { amqpUrl, queue, events } = options;
  const model = await connect(amqpUrl, { noDelay: true });
  const channel = await model.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  const stamp = createStamp(storedEtcEvent.data);
  await fill(events, (sequence) => {
    const body = stamp(sequence, 0, anyName);
    return new Promise<void>((resolve, reject) =>
      channel.publish('', queue, body, { persistent: true }, (error) => (error ? reject(asError(error)) : resolve())),
    );
  });
  await model.close();
}

async function fill(events: number, publish: (sequence: number) => Promise<void>): Promise<void> {
  for (let start = 0; start < events; start += atOnce) {
    const count = Math.min(atOnce, events - start);
    await Promise.all(Array.from({ length: count }, (_, index) => publish(start + index)));
  }
}

/** Consumes all messages of a queue, until none comes for a while. @returns the counts of their events */
async function drain(options: {
  amqpUrl: string;
  queue: string;
  /** The number of different events. */
  expected: number;
}): Promise<Count> {
  const { amqpUrl, queue, expected } = options;
  const model = await connect(amqpUrl, { noDelay: true });
  const channel = await model.createChannel();
  await channel.prefetch(1_000);
  const tally = createTally();
  let lastAt = performance.now();
  let unacked = 0;
  await channel.consume(queue, (message) => {
    if (message === null) return;
    lastAt = performance.now();
    for (const { sequence } of marksIn(message.content)) tally.add('', sequence);
    unacked += 1;
    if (unacked < 200) return;
    channel.ack(message, true);
    unacked = 0;
  });
  await new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      const isComplete = tally.count().distinct >= expected;
      if (performance.now() - lastAt < (isComplete ? repeatsMs : idleMs)) return;
      clearInterval(watch);
      resolve();
    }, 50);
  });
  channel.ackAll();
  await channel.close();
  await model.close();
  return tally.count();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
