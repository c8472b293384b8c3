import { reasonOf } from '../reason-of.js';
import { unsentBecause, type Unsent } from '../unsent.js';
import type { AnswerFields, AnswerHead } from './answer-head.js';
import type { Connection, Connections, ConnectionUser } from './connections.js';
import type { Destination } from './destination.js';
import type { Inflated, InflateBody } from './inflate-body.js';
import { AnswerReader, type AnswerSink } from './read-answer.js';

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** At most the first 64 KiB. */
  readonly body: Buffer;
  /** The reason why the body cannot be judged although the status arrived. */
  readonly fault?: { readonly kind: 'timeout' | 'error'; readonly reason: string };
  /** The `Retry-After` header as received. */
  readonly retryAfter?: string | undefined;
  /** The header `X-Callbus-Hops`, with which a door of Callbus refuses a callback after too many hops. */
  readonly hops?: string | undefined;
  /** The receiver's permission for callbacks (CloudEvents web hooks, section 4.2). */
  readonly grant?: { readonly origin: string; readonly rate: string | undefined } | undefined;
  readonly durationMs: number;
}

export type PostResult =
  Answer | Unsent | { readonly kind: 'timeout' | 'error'; readonly reason: string; readonly durationMs: number };

export interface ExchangeOptions {
  readonly destination: Pick<Destination, 'origin' | 'target'>;
  readonly head: string;
  readonly body: Buffer;
  readonly timeoutMs: number;
  readonly connections: Connections;
  readonly inflateBody: InflateBody;
  readonly resolve: (result: PostResult) => void;
}

export const answerMaxBytes = 64 * 1024;
const requestTimeout = 408;
const nothing = Buffer.alloc(0);

/**
 * One request and its answer. Once the status has arrived, the result is an answer, whatever happens to the body.
 *
 * A class, because every callback has one. The connection and the reader call its methods.
 */
export class Exchange implements ConnectionUser, AnswerSink {
  private readonly options: ExchangeOptions;
  private readonly startMs = performance.now();
  private readonly timer: NodeJS.Timeout;
  private reader = new AnswerReader(this);
  private connection: Connection | undefined;
  private giveUpConnecting: (() => void) | undefined;
  private hasAnswerBegun = false;
  private isOver = false;
  private fields: AnswerFields = {};
  private readonly chunks: Buffer[] = [];
  private length = 0;

  constructor(options: ExchangeOptions) {
    this.options = options;
    this.timer = setTimeout(() => this.onTimeout(), options.timeoutMs);
  }

  start(): void {
    const { connections, destination } = this.options;
    const connection = connections.take(destination.origin, this);
    if (connection === undefined) this.open();
    else this.send(connection);
  }

  private open(): void {
    const { connections, destination } = this.options;
    const { origin, target } = destination;
    this.giveUpConnecting = connections.open(origin, target, this, (error, connection) => {
      if (connection === undefined) this.fail(error);
      else this.send(connection);
    });
  }

  private send(connection: Connection): void {
    this.connection = connection;
    connection.send(this.options.head, this.options.body);
  }

  /**
   * Sends the request again on a new connection. A kept connection that closes before the first byte of an answer says
   * nothing about this callback: the receiver may close an idle connection just as it is reused (RFC 9112 9.3.1). A
   * repeated request is harmless, because `webhook-id` identifies it.
   */
  private sendAgain(): void {
    this.connection = undefined;
    this.hasAnswerBegun = false;
    this.reader = new AnswerReader(this);
    this.open();
  }

  onData(chunk: Buffer): void {
    this.hasAnswerBegun = true;
    if (this.reader.push(chunk) || this.length >= answerMaxBytes) this.onAnswer();
  }

  onHead({ fields }: AnswerHead): void {
    this.fields = fields;
  }

  onBody(chunk: Buffer): void {
    if (this.length < answerMaxBytes) this.chunks.push(chunk);
    this.length += chunk.length;
  }

  onLost(error: Error | undefined): void {
    if (this.reader.end()) this.onAnswer();
    else if (this.reader.status > 0) this.answer({ kind: 'error', reason: this.lostBecause(error) });
    else if (!this.hasAnswerBegun && this.connection?.isReused === true) this.sendAgain();
    else this.fail(error ?? new Error('the connection was closed before an answer came'));
  }

  private lostBecause(error: Error | undefined): string {
    const fault = this.reader.fault ?? '';
    return error === undefined ? fault : `${fault} (${reasonOf(error)})`;
  }

  private onTimeout(): void {
    const { timeoutMs } = this.options;
    this.giveUpConnecting?.();
    if (this.reader.status > 0) this.answer({ kind: 'timeout', reason: `no end of the answer within ${timeoutMs} ms` });
    else this.end({ kind: 'timeout', reason: `no answer within ${timeoutMs} ms`, durationMs: this.durationMs() });
    this.connection?.release(undefined);
  }

  /** Called when the answer is complete or invalid, or when the part of the body that is read has arrived. */
  private onAnswer(): void {
    const { status, fault, isReusable } = this.reader;
    const { connection } = this;
    // An unfinished body is cut off by closing its connection, because the body may never end.
    connection?.release(isReusable ? { hint: this.fields['keep-alive'] } : undefined);
    // Some servers answer 408 when they close an idle connection (RFC 9110 15.5.9).
    if (status === requestTimeout && !isReusable && connection?.isReused === true) this.sendAgain();
    else if (status === 0) this.fail(new Error(fault ?? 'no valid answer'));
    else this.answer(fault === undefined ? undefined : { kind: 'error', reason: fault });
  }

  private answer(fault: Answer['fault']): void {
    const coding = this.fields['content-encoding'];
    const body = this.bytes();
    if (coding === undefined || body.length === 0) {
      this.endWith({ body }, fault);
      return;
    }
    clearTimeout(this.timer);
    void this.options.inflateBody(coding, body).then((inflated) => this.endWith(inflated, fault));
  }

  private bytes(): Buffer {
    const { chunks, length } = this;
    const [first = nothing] = chunks;
    if (length > answerMaxBytes) return Buffer.concat(chunks, answerMaxBytes);
    return chunks.length > 1 ? Buffer.concat(chunks, length) : first;
  }

  private endWith(inflated: Inflated, fault: Answer['fault']): void {
    const { status } = this.reader;
    const { 'retry-after': retryAfter, 'x-callbus-hops': hops, 'webhook-allowed-origin': origin } = this.fields;
    const answer: Answer = {
      kind: 'answer',
      status,
      body: inflated.body,
      retryAfter,
      hops,
      durationMs: this.durationMs(),
      grant: origin === undefined ? undefined : { origin, rate: this.fields['webhook-allowed-rate'] },
    };
    const either = fault ?? (inflated.fault === undefined ? undefined : { kind: 'error', reason: inflated.fault });
    this.end(either === undefined ? answer : { ...answer, fault: either });
  }

  private fail(error: unknown): void {
    const because = unsentBecause(error);
    const reason = reasonOf(error);
    const durationMs = this.durationMs();
    this.end(
      because === undefined ? { kind: 'error', reason, durationMs } : { kind: 'unsent', because, reason, durationMs },
    );
  }

  private end(result: PostResult): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.options.resolve(result);
  }

  private durationMs(): number {
    return Math.round(performance.now() - this.startMs);
  }
}
