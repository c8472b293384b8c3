import type { EventHeaders, EventMessage } from '@callbus/contracts/events/event';
import type { Table } from '@callbus/contracts/messages/message-format';
import type { QueueName, WorkQueue } from '@callbus/contracts/messages/topology';
import type { NextStep } from './next-step.js';

/**
 * Publishes and consumes messages. Two implementations, RabbitMQ and memory, pass the same contract tests.
 *
 * Every publish resolves only when the broker has taken the message durably (RabbitMQ: confirmed by the quorum). It rejects with
 * BrokerUnavailable when the broker is away, blocked, full, or silent for longer than the confirm time-out. The broker never publishes a
 * message again by itself: after a rejection the message may or may not have been taken.
 */
export interface Broker {
  /** Whether the headers fit into a message. Callers check all events of a request before they publish the first one. */
  fits(headers: EventHeaders): boolean;
  publishEvent(message: { headers: EventHeaders; body: Buffer }): Promise<void>;
  /**
   * Publishes one of the batches of `batchesOf`. The broker takes either all of its events or none, unless the batch needs several messages:
   * because its headers are too long for one, or because an older format is written and the events are of several kinds. Handlers get each
   * event alone.
   */
  publishBatch(events: readonly EventMessage[]): Promise<void>;
  /** Publishes to `deliveries`. */
  publishDelivery(message: { headers: object; body: Buffer }): Promise<void>;
  /** Puts a stored message back into its queue, byte for byte. */
  putBack(message: StoredMessage): Promise<void>;

  /**
   * Consumes a queue until the consumer is stopped, over any number of reconnections.
   *
   * The handler never acks: it returns the next steps, and the broker acks the message once they are durable. When a handler throws, its
   * message returns to the queue after a pause. A message that returns too often becomes undelivered as `poison`. A message of a newer format
   * than this version reads is given back through retry queues, and in the end becomes undelivered as `newer_format`. Of all handlers, only
   * the handler of `undelivered` gets such a message.
   */
  consume<Queue extends WorkQueue>(queue: Queue, options: ConsumeOptions<Queue>): Promise<Consumer>;

  /**
   * Announces a change to every watcher of its kind, by default of subscriptions. Resolves when the change is in the queues of all watchers.
   * Rejects when no watcher is found although there must be one, because `events` is consumed or this broker watches keys. Then an exchange
   * or a binding was deleted, and is declared again soon.
   */
  announceChange(body: Buffer, of?: ChangeKind): Promise<void>;

  /**
   * Watches changes of one kind. `onChange` gets them in order. A change whose announcement resolved before an event was published
   * reaches `onChange` before that event reaches a handler of the same broker.
   */
  watchChanges(options: WatchOptions): Promise<Consumer>;

  /** The state of every queue, at most one second old. @throws BrokerUnavailable */
  queues(): Promise<readonly QueueState[]>;

  /** `open`: takes messages. `blocked`: connected, but takes no messages (memory or disk alarm). `away`: not connected. */
  state(): BrokerState;

  /** Adds an observer of all further messages. */
  observe(observer: MessageObserver): void;

  /** Whether the broker takes messages, according to the results of the last publishes. */
  publishing(): Publishing;

  /** Stops consuming, waits for handlers and confirms under way, and disconnects. */
  close(): Promise<void>;
}

export interface QueueState {
  /** The name of the queue without the prefix. */
  readonly name: QueueName;
  /** Waiting messages, without the messages that a consumer holds. */
  readonly ready: number;
  readonly consumers: number;
}

export type BrokerState = 'open' | 'blocked' | 'away';

/**
 * `away`: not connected. `blocked`: an alarm. `full`: no capacity for another unconfirmed message. `nacked`: the queue refuses messages.
 * `no_confirm`: no confirm within the time-out. `returned`: the queue is missing.
 */
export type PublishingFault = 'away' | 'blocked' | 'full' | 'nacked' | 'no_confirm' | 'returned';

export type Publishing =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: PublishingFault;
    };

interface ConsumeOptions<Queue extends WorkQueue> {
  /** The limit of messages in the handler at once. The events of a batch begin together and may exceed the limit. */
  readonly prefetch: number;
  readonly handle: (message: ReceivedMessage, hold: Hold) => Promise<SettlementOf[Queue]>;
}

/** How long a handler may hold a message. A handler calls `isOurs` after each wait and before each action that cannot be undone. */
export interface Hold {
  /** False once the message will return to its queue, whatever its handler does: its connection is lost, or its consumer is stopping. */
  readonly isOurs: () => boolean;
  /** A waiting message may be held until this time of `performance.now()`, which is half of the broker's consumer time-out. */
  readonly untilMs: number;
  /**
   * Whether this is one event of a batch. The message of a batch is acked when all of its events are settled, so an event that has to wait
   * for long should go on as a message of its own.
   */
  readonly isShared: boolean;
}

/** Workers watch the changes of subscriptions. Every process that checks callers watches the changes of keys. */
export type ChangeKind = 'subscriptions' | 'keys';

export interface WatchOptions {
  /** By default subscriptions. */
  readonly of?: ChangeKind;
  /**
   * Called at the start and after each reconnection, when changes are received again, because changes before that may have been missed. No
   * consumer of the same broker gets a message until the call has resolved.
   */
  readonly onOpen: () => Promise<void>;
  readonly onChange: (body: Buffer) => void;
}

/** A message from a queue. Its headers and body are not checked. */
export interface ReceivedMessage {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** Whether the broker handed out the message before, to a consumer that died, failed or gave the message back. */
  readonly isRedelivered: boolean;
  /** The number of the format in which the headers are written; 1 by default. */
  readonly format?: number;
  /** The headers as the broker carries them; the same as `headers` by default. */
  readonly table?: Table | undefined;
}

/** Observes the messages that pass through a broker. An observer runs for every message, so it has to be fast and must not throw. */
export interface MessageObserver {
  /** The broker has confirmed a message that is not a next step, `confirmMs` after its publish. The message holds this number of events. */
  readonly published?: (queue: WorkQueue, events: number, confirmMs: number) => void;
  /** A next step is durable. When its retry queue was full, this is the step that was published instead. */
  readonly forwarded?: (step: NextStep) => void;
  /** A consumer of this queue begins. */
  readonly consuming?: (queue: WorkQueue) => void;
  /** The broker has handed a message to a consumer of this queue, for the first time or again. */
  readonly taken?: (queue: WorkQueue, message: ReceivedMessage) => void;
  /** A full retry queue has refused a message. */
  readonly refused?: (queue: QueueName) => void;
}

interface StoredMessage {
  readonly queue: WorkQueue;
  readonly headers: Table;
  /** The headers as the broker carried them. When undefined, `headers` are encoded again. */
  readonly table: Table | undefined;
  readonly body: Buffer;
}

/** The result of a handler for its message. The message is acked once all next steps are durable. */
export type Settlement = Done | Returned | Forwarded;

interface Done {
  readonly kind: 'done';
}

/** The message returns to its queue unchanged, because it is no longer ours or must not be held any longer. The handler did nothing. */
interface Returned {
  readonly kind: 'returned';
}

/** The next steps replace the message. A message without next steps is only acked. */
export interface Forwarded {
  readonly kind: 'forwarded';
  readonly steps: readonly NextStep[];
  /**
   * Whether the message may return to its queue when an alarm keeps the broker from taking the steps. A message returns only once. After
   * that, the steps are published again and again while the message is ours, so that an alarm does not use up the delivery limit.
   */
  readonly mayReturn: boolean;
  /** Called once all steps are durable. */
  readonly onDurable?: () => void;
  /** Parts of the message that are settled one by one. The ack waits for all of them. */
  readonly parts?: readonly Promise<Done | Forwarded>[];
}

/** The settlements that each queue allows. A message of `undelivered` cannot be forwarded. */
export interface SettlementOf {
  readonly events: Settlement;
  readonly deliveries: Settlement;
  readonly undelivered: Done | Returned;
}

export interface Consumer {
  /** Stops taking messages. Resolves when every message in hand is settled. */
  stop(): Promise<void>;
}

/** The headers of a message are longer than a frame. Publishing the message again does not help. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';

  constructor() {
    super('the headers of the message are longer than the broker accepts');
  }
}

/** The broker cannot take a message now; `retryAfterS` is a hint for the publisher. */
export class BrokerUnavailable extends Error {
  override readonly name = 'BrokerUnavailable';
  readonly retryAfterS: number;
  /** `nacked`: the queue refused the message. `returned`: the queue is missing. Undefined for every other reason. */
  readonly fault: PublishingFault | undefined;

  constructor(reason: string, retryAfterS = 5, fault?: PublishingFault) {
    super(reason);
    this.retryAfterS = retryAfterS;
    this.fault = fault;
  }
}
