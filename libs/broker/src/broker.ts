import type { DeliveryHeaders } from '@callbus/contracts/delivery-task';
import type { EventHeaders, EventMessage } from '@callbus/contracts/event';
import type { Table } from '@callbus/contracts/message-format';
import type { QueueName, WorkQueue } from '@callbus/contracts/topology';
import type { NextStep } from './next-step.js';

/**
 * Publishes and consumes messages. Two implementations, RabbitMQ and memory, pass the same contract tests.
 *
 * Every publish resolves only when the broker has taken the message durably (RabbitMQ: confirmed by the quorum). It rejects with
 * BrokerUnavailable when the broker is away, blocked, full, or silent for longer than the confirm time-out. The broker never publishes a
 * message again by itself: after a rejection the message may or may not have been taken.
 */
export interface Broker {
  /** Whether the headers fit into a message. Call it before publishing any event of a request. */
  fits(headers: EventHeaders): boolean;
  publishEvent(message: { headers: EventHeaders; body: Buffer }): Promise<void>;
  /**
   * Publishes one of the batches of `batchesOf`. The broker takes all of its events or none, unless their headers are too long for one
   * message, or an older form is written and the events are of several kinds. Handlers get each event alone.
   */
  publishBatch(events: readonly EventMessage[]): Promise<void>;
  publishDelivery(message: { headers: DeliveryHeaders; body: Buffer }): Promise<void>;
  /** Puts a kept message back into its queue, byte for byte. */
  putBack(message: KeptMessage): Promise<void>;

  /**
   * Consumes a queue until stopped, over any number of reconnections.
   *
   * The handler never acks: it returns the next steps, and the broker acks once they are durable. When a handler throws, its message
   * returns to the queue after a pause; after too many returns it is undelivered as poison. A message of a form that is newer than this
   * version is given back through retry queues, and finally undelivered as `newer_format`. Only the handler of `undelivered` sees it.
   */
  consume<Queue extends WorkQueue>(queue: Queue, options: ConsumeOptions<Queue>): Promise<Consumer>;

  /**
   * Tells every watcher of a subscription change. Resolves when the change is in the queues of all watchers. Rejects when there is no
   * watcher although events are consumed: then an exchange or a binding was deleted, and is about to be declared again.
   */
  announceChange(body: Buffer): Promise<void>;

  /**
   * Watches subscription changes. Messages that reach `onChange` are in order, and a change whose announcement resolved
   * before an event was published reaches `onChange` before that event reaches a handler of the same broker.
   */
  watchChanges(options: WatchOptions): Promise<Consumer>;

  /** The state of every queue, at most one second old. @throws BrokerUnavailable */
  queues(): Promise<readonly QueueState[]>;

  /** `open`: takes messages. `blocked`: connected, but takes none (memory or disk alarm). `away`: not connected. */
  state(): BrokerState;

  /** Adds an observer, which is told of all further messages. */
  observe(observer: MessageObserver): void;

  /** Whether the broker takes messages, as far as the last publishes tell. */
  publishing(): Publishing;

  /** Stops consuming, waits for handlers and confirms under way, and disconnects. */
  close(): Promise<void>;
}

export interface QueueState {
  /** The name of the queue without the prefix. */
  readonly name: QueueName;
  /** Messages that wait, without those that a consumer holds. */
  readonly ready: number;
  readonly consumers: number;
}

export type BrokerState = 'open' | 'blocked' | 'away';

/**
 * `away`: not connected. `blocked`: an alarm. `full`: too many messages wait for their confirm. `nacked`: the queue refuses messages.
 * `no_confirm`: no confirm comes in time. `returned`: the queue is missing.
 */
export type PublishingFault = 'away' | 'blocked' | 'full' | 'nacked' | 'no_confirm' | 'returned';

export type Publishing =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: PublishingFault;
    };

interface ConsumeOptions<Queue extends WorkQueue> {
  /** The most messages in the handler at once. The events of a batch begin together, and may exceed it. */
  readonly prefetch: number;
  readonly handle: (message: ReceivedMessage, hold: Hold) => Promise<SettlementOf[Queue]>;
}

/** How long a message may be held. A handler calls `isOurs` after each wait, and before each action that cannot be undone. */
export interface Hold {
  /** False when the message returns to its queue in any case: its connection is lost, or the consumer begins no more work. */
  readonly isOurs: () => boolean;
  /**
   * Until when a waiting message may be held, in milliseconds of `performance.now()`: half of the broker's consumer time-out.
   */
  readonly untilMs: number;
  /** The message holds others, and is acked when all are settled. So a task that waits for long goes on as a message of its own. */
  readonly isShared: boolean;
}

export interface WatchOptions {
  /**
   * Called at the start and after each reconnection: changes are being received now, but earlier changes may have been missed.
   * No consumer of the same broker gets a message before the call has resolved.
   */
  readonly onOpen: () => Promise<void>;
  readonly onChange: (body: Buffer) => void;
}

/** A message from a queue, unchecked. */
export interface ReceivedMessage {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** The broker handed out the message before, to a consumer that died, failed or gave the message back. */
  readonly isRedelivered: boolean;
  /** The number of the form in which the headers are written. */
  readonly format?: number;
  /** The headers as the broker carries them; without it, the same as `headers`. */
  readonly table?: Table | undefined;
}

/**
 * Observes the messages that pass through a broker. A batch of events is one message, and so is a group of tasks. An observer runs for every
 * message, so it has to be fast, and must not throw.
 */
export interface MessageObserver {
  /** The broker has confirmed a message for this queue. `events` is the number of events that it holds. */
  readonly published?: (queue: QueueName, events: number) => void;
  /** The broker has confirmed an event, a batch of them, or a delivery that came from no queue. */
  readonly confirmed?: (durationMs: number) => void;
  /** A consumer of this queue begins. */
  readonly consuming?: (queue: WorkQueue) => void;
  /** A next step of a handler is durable. */
  readonly forwarded?: (step: NextStep) => void;
  /** A consumer of this queue was handed a message, for the first time or again. */
  readonly taken?: (queue: WorkQueue, message: ReceivedMessage) => void;
  /** A full retry queue has refused a message. */
  readonly refused?: (queue: QueueName) => void;
}

interface KeptMessage {
  readonly queue: WorkQueue;
  readonly headers: Table;
  /** The headers as the broker carried them; without it, `headers` are encoded again. */
  readonly table: Table | undefined;
  readonly body: Buffer;
}

/** The result of a handler for its message. The message is acked once all next steps are durable. */
export type Settlement = Done | Returned | Forwarded;

interface Done {
  readonly kind: 'done';
}

/** The message returns to its queue unchanged: nothing was done, because the message is no longer ours or cannot be held any longer. */
interface Returned {
  readonly kind: 'returned';
}

/** The message is replaced by its next steps; without steps it is only acked. */
export interface Forwarded {
  readonly kind: 'forwarded';
  readonly steps: readonly NextStep[];
  /**
   * Whether the message may return to its queue when an alarm keeps the broker from taking the steps. A message returns only once; after that
   * the steps are tried for as long as the message is ours, so that an alarm does not use up the delivery limit.
   */
  readonly mayReturn: boolean;
  /** Called once all steps are durable. */
  readonly onDurable?: () => void;
  /** Parts of the message that are settled one by one; the ack waits for all of them. */
  readonly parts?: readonly Promise<Done | Forwarded>[];
}

/** The settlements that a queue allows: a message of `undelivered` cannot be forwarded. */
export interface SettlementOf {
  readonly events: Settlement;
  readonly deliveries: Settlement;
  readonly undelivered: Done | Returned;
}

export interface Consumer {
  /** Stops taking messages. Resolves when every handler under way has settled. */
  stop(): Promise<void>;
}

/** Thrown when the headers of a message are longer than a frame. To publish the message again does not help. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';

  constructor() {
    super('the headers of the message are longer than the broker takes');
  }
}

/** The broker cannot take a message now; `retryAfterS` is a hint for the publisher. */
export class BrokerUnavailable extends Error {
  override readonly name = 'BrokerUnavailable';
  readonly retryAfterS: number;
  /** `nacked`: the queue refused this one message. */
  readonly fault: PublishingFault | undefined;

  constructor(reason: string, retryAfterS = 5, fault?: PublishingFault) {
    super(reason);
    this.retryAfterS = retryAfterS;
    this.fault = fault;
  }
}
