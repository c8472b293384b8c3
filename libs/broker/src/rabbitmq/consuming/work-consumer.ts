import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '@callbus/concurrency/backoff';
import { createInFlight } from '@callbus/concurrency/in-flight';
import { readTable } from '@callbus/contracts/messages/message-format';
import type { ConsumeMessage } from 'amqplib';
import type { WorkQueue } from '@callbus/contracts/messages/topology';
import { BrokerUnavailable } from '../../broker.js';
import type { Returns } from '../../consuming/returns.js';
import type { NextStep } from '../../next-step.js';
import type { createWork, Forward, Held } from '../../consuming/work.js';
import type { ConsumingSession } from './consuming-connection.js';

const forwardPauses = { firstMs: 50, longestMs: 1_000 };
/** A quorum queue loses acks that arrive just before their channel is closed (rabbitmq-server issue 10327). */
const ackProcessingMs = 500;

export interface WorkConsumerOptions {
  readonly queue: WorkQueue;
  readonly queueName: string;
  readonly prefetch: number;
  /** The longest time for which a waiting message may be held. */
  readonly holdMs: number;
  readonly work: ReturnType<typeof createWork>;
  readonly returns: Returns;
  /** Publishes a next step. Rejects with BrokerUnavailable while that is not possible. */
  readonly forward: (step: NextStep, body: Buffer) => Promise<void>;
  /** Whether an alarm keeps the broker from taking messages. */
  readonly isBlocked: () => boolean;
}

/** Consumes one queue, on one channel after another. */
export function createWorkConsumer(options: WorkConsumerOptions) {
  let current: ConsumingSession | undefined;
  let attaching: Promise<void> | undefined;
  let consumerTag = '';
  const inFlight = createInFlight();
  let settledAt = -Infinity;
  let stopping: Promise<void> | undefined;

  async function consume(session: ConsumingSession): Promise<void> {
    current = session;
    await session.channel.prefetch(options.prefetch);
    const reply = await session.channel.consume(options.queueName, (message) => {
      if (message) void take(session, message);
      // When a deleted queue is declared again, a channel that consumed the old queue gets no messages of the new one (RabbitMQ 3.10).
      else session.drop(`${options.queueName} was deleted`);
    });
    consumerTag = reply.consumerTag;
  }

  /** Settles the message on the channel that it came from, because a delivery tag is valid only there. */
  async function take(session: ConsumingSession, message: ConsumeMessage): Promise<void> {
    inFlight.begin();
    const { properties, content: body, fields } = message;
    session.acks.taken(message);
    const { headers, format } = readTable(properties.headers);
    const received = { headers, body, isRedelivered: fields.redelivered, format, table: properties.headers };
    const untilMs = performance.now() + options.holdMs;
    const held: Held = {
      forward: (...message) => forwardUntilTaken(session, untilMs, ...message),
      isOurs: () => session.isOpen() && stopping === undefined,
      isLost: () => !session.isOpen(),
      untilMs,
      isShared: false,
    };
    const { queue, returns, work } = options;
    const verdict = await (returns.hasReturned(received)
      ? returns.workOn(queue, received, held, () => work(received, held))
      : work(received, held));
    if (verdict === 'release' && session.isOpen()) returns.survived([received.headers]);
    session.acks.settle(message, verdict);
    settledAt = performance.now();
    inFlight.end();
  }

  /** While the broker takes no messages, the message in hand stays unacked, so that the prefetch applies backpressure. */
  async function forwardUntilTaken(
    session: ConsumingSession,
    untilMs: number,
    ...[step, body, mayReturn]: Parameters<Forward>
  ): Promise<boolean> {
    // The broker hands a message of a lost channel to another consumer. A second next step would duplicate the delivery.
    if (!session.isOpen()) return false;
    for (let failures = 0; ; failures += 1) {
      try {
        await options.forward(step, body);
        return true;
      } catch (error) {
        if (!(error instanceof BrokerUnavailable)) throw error;
      }
      if (!session.isOpen() || stopping || (mayReturn && options.isBlocked())) return false;
      // When a message is held for longer, the broker closes its channel and redelivers all other messages of the channel too.
      if (performance.now() >= untilMs) return false;
      // Random, so that waiting messages do not all try again at the same time.
      await sleep(backoffMs(failures, forwardPauses) * (0.5 + Math.random() / 2));
    }
  }

  async function stop(): Promise<void> {
    await attaching?.catch(ignoreLostChannel);
    await current?.channel.cancel(consumerTag).catch(ignoreLostChannel);
    await inFlight.idle();
    await sleep(Math.max(0, settledAt + ackProcessingMs - performance.now()));
  }

  return {
    isAttachedTo: (session: ConsumingSession) => current === session,
    async attach(session: ConsumingSession): Promise<void> {
      if (stopping) return;
      attaching = consume(session);
      await attaching;
    },
    /** Takes no more messages. Resolves when every message in hand is settled and the broker has processed the acks. */
    stop: () => (stopping ??= stop()),
  };
}

function ignoreLostChannel(): void {
  // A lost channel has no consumers.
}
