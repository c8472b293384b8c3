import type { DeliveryHeaders } from '@callbus/contracts/delivery-task';
import type { EventHeaders, EventMessage } from '@callbus/contracts/event';
import type { Table } from '@callbus/contracts/message-format';
import type { QueueName, WorkQueue } from '@callbus/contracts/topology';
import type { NextStep } from './next-step.js';

/**
 * The verbs of the message broker. Two implementations, RabbitMQ and memory, pass the same contract tests.
 *
 * Every publish resolves only when the broker has taken the message for good (RabbitMQ: confirmed by the quorum), and
 * rejects with BrokerUnavailable when it is away, blocked, full or silent for longer than the confirm time-out. Nothing is
 * published again behind the caller's back: after a rejection the message may or may not have been taken.
 */
export interface Broker {
  /** Whether the broker can carry such headers; ask before publishing any event of a request. */
  fits(headers: EventHeaders): boolean;
  publishEvent(message: { headers: EventHeaders; body: Buffer }): Promise<void>;
  /**
   * One of the batches into which `batchesOf` divides events: all are taken or none, unless their headers are too long for one message, or
   * an older form is written and they are of several kinds. Each comes to its handler alone.
   */
  publishBatch(events: readonly EventMessage[]): Promise<void>;
  publishDelivery(message: { headers: DeliveryHeaders; body: Buffer }): Promise<void>;
  /** Puts a message that was kept into its queue again, byte for byte. */
  putBack(message: KeptMessage): Promise<void>;

  /**
   * Consumes a queue until stopped, over any number of reconnections.
   *
   * The handler never acks: it returns the next steps, and the broker acks once they are durable.
   * A handler that throws has its message returned to the queue after a pause; too many returns make it undelivered as poison.
   * A message of a newer form than this version knows reaches no handler but that of `undelivered`, and that one only at the end:
   * it is given back, in between it waits in a retry queue, and then it is undelivered as `newer_format`.
   */
  consume<Queue extends WorkQueue>(queue: Queue, options: ConsumeOptions<Queue>): Promise<Consumer>;

  /**
   * Tells every watcher of subscription changes; resolves when the broker has handed it to their queues. Rejects when there is none although
   * events are consumed: then what leads to them was deleted, and is about to be mended.
   */
  announceChange(body: Buffer): Promise<void>;

  /**
   * Watches subscription changes. Messages that reach `onChange` are in order, and a change whose announcement resolved
   * before an event was published reaches `onChange` before that event reaches a handler of the same broker.
   */
  watchChanges(options: WatchOptions): Promise<Consumer>;

  /** Every queue as the broker sees it, at most some seconds ago. @throws BrokerUnavailable */
  queues(): Promise<readonly QueueState[]>;

  /** `open`: takes messages. `blocked`: connected, but takes none (memory or disk alarm). `away`: not connected. */
  state(): BrokerState;

  /** Has the observer told of what passes from now on. */
  observe(observer: MessageObserver): void;

  /** Whether what is published is taken, as far as the last publishes tell. */
  publishing(): Publishing;

  /** Stops consuming, waits for handlers and confirms under way, and disconnects. */
  close(): Promise<void>;
}

export interface QueueState {
  /** Without the prefix. */
  readonly name: QueueName;
  /** Messages that wait; those that a consumer holds are not among them. */
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
  /** Messages in the handler at once. The last of them may be a batch, whose events begin together. */
  readonly prefetch: number;
  readonly handle: (message: ReceivedMessage, hold: Hold) => Promise<SettlementOf[Queue]>;
}

/** How long a message may be held. A handler asks after each wait, and before it begins what cannot be taken back. */
export interface Hold {
  /** False when it goes back to its queue anyway: the connection on which it came is lost, or no work is begun any more. */
  readonly isOurs: () => boolean;
  /**
   * When a message that still waits is to be out of hand, in milliseconds of `performance.now()`: half of the time after which the
   * broker closes the channel of a consumer that has not acked.
   */
  readonly untilMs: number;
  /** Others came in the same message, which is acked when all are settled: what waits for long goes on as a message of its own. */
  readonly isShared: boolean;
}

export interface WatchOptions {
  /**
   * Changes are being received, but some may have been missed before: called at the start and after each reconnection.
   * No consumer of the same broker gets a message before it has resolved.
   */
  readonly onOpen: () => Promise<void>;
  readonly onChange: (body: Buffer) => void;
}

/** What came from a queue: nothing about it is checked yet. */
export interface ReceivedMessage {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** It was handed out before and came back: its consumer died, failed, or gave it back. */
  readonly isRedelivered: boolean;
  /** The number of the form in which its headers are written. */
  readonly format?: number;
  /** Its headers as the broker carries them; the same as `headers` unless told. */
  readonly table?: Table | undefined;
}

/**
 * Is told what passes through a broker, in messages: a batch of events is one message, and so is a group of tasks. It runs with every
 * message, so it has to be quick, and must not throw.
 */
export interface MessageObserver {
  /** The broker has confirmed a message for this queue, which holds so many events. */
  readonly published?: (queue: QueueName, events: number) => void;
  /** The broker has confirmed an event, a batch of them, or a delivery that came from no queue. */
  readonly confirmed?: (durationMs: number) => void;
  /** A consumer of this queue begins. */
  readonly consuming?: (queue: WorkQueue) => void;
  /** A step that a handler asked for is durable. */
  readonly forwarded?: (step: NextStep) => void;
  /** A consumer of this queue was handed a message, for the first time or again. */
  readonly taken?: (queue: WorkQueue, message: ReceivedMessage) => void;
  /** A full retry queue has refused a message. */
  readonly refused?: (queue: QueueName) => void;
}

interface KeptMessage {
  readonly queue: WorkQueue;
  readonly headers: Table;
  /** The headers as the broker carried them; without, they are written anew. */
  readonly table: Table | undefined;
  readonly body: Buffer;
}

/** What a handler wants done about a message, which is acked once that is durable. */
export type Settlement = Done | Returned | Forwarded;

interface Done {
  readonly kind: 'done';
}

/** Goes back to its queue as it is: nothing was done about it, because it is not ours any more or cannot be held any longer. */
interface Returned {
  readonly kind: 'returned';
}

/** Goes on as other messages, or as none when there are no steps. */
export interface Forwarded {
  readonly kind: 'forwarded';
  readonly steps: readonly NextStep[];
  /**
   * Whether an alarm that keeps the broker from taking the steps sends the message back to its queue, once. After that the steps are
   * tried for as long as the message is still ours, so that an alarm uses up no delivery limit.
   */
  readonly mayReturn: boolean;
  /** Called once all steps are durable. */
  readonly onDurable?: () => void;
  /** Parts of the message that settle by themselves, each as if it had come alone but for the ack. */
  readonly parts?: readonly Promise<Done | Forwarded>[];
}

/** By queue, because `undelivered` is the end: what is taken from there goes nowhere else. */
export interface SettlementOf {
  readonly events: Settlement;
  readonly deliveries: Settlement;
  readonly undelivered: Done | Returned;
}

export interface Consumer {
  /** Takes no more messages, and resolves when every handler under way is settled. */
  stop(): Promise<void>;
}

/** No repetition makes the broker take the message: its headers are longer than a frame. */
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
