import { endOfHead, readHead, readStatus, type AnswerHead, type BodyLength } from './answer-head.js';

/** Gets the parts of an answer, in the order of their bytes. */
export interface AnswerSink {
  /** Called once, when the head of the final answer is complete. */
  onHead(head: AnswerHead): void;
  onBody(chunk: Buffer): void;
}

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' | 'done' | 'broken';

const headMaxBytes = 16 * 1024;
/** Limit for the line before a chunk, which extensions may make long. */
const chunkLineMaxBytes = 4 * 1024;
const lineFeed = 10;
const notHttp = 'the answer is not HTTP/1';

/**
 * Parses one HTTP/1 answer from chunks (RFC 9112). `status` is set as soon as the status line is complete, whatever
 * follows: a strict parser would discard the status together with a head that it rejects. Skips 1xx answers (RFC 9110
 * 15.2).
 *
 * A class, because every callback has one: a version made of closures took 1 µs longer.
 */
export class AnswerReader {
  /** 0 until the status line of the final answer has arrived. */
  status = 0;
  /** Why the answer is invalid; undefined while it is valid. */
  fault: string | undefined;
  private state: State = 'head';
  /** The part of an incomplete head or line that came in earlier chunks. */
  private rest: Buffer | undefined;
  /** Bytes that are left of the body or of the chunk; in the trailers, bytes read. */
  private left = 0;
  private isKept = false;

  private readonly sink: AnswerSink;

  constructor(sink: AnswerSink) {
    this.sink = sink;
  }

  /** @returns whether the answer has ended, complete or not. If bytes follow its end, the connection is not reusable */
  push(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.length && this.state !== 'done' && this.state !== 'broken') at = this.step(chunk, at);
    if (at < chunk.length) this.isKept = false;
    return this.state === 'done' || this.state === 'broken';
  }

  /** Call when the connection has ended. @returns whether that makes the answer complete */
  end(): boolean {
    if (this.state === 'until-close') this.state = 'done';
    if (this.state !== 'done') this.fail('the connection was closed before the end of the answer');
    return this.state === 'done';
  }

  /** Whether the connection can carry another request. */
  get isReusable(): boolean {
    return this.state === 'done' && this.isKept;
  }

  private fail(reason: string): void {
    this.fault ??= reason;
    this.state = 'broken';
  }

  private step(chunk: Buffer, at: number): number {
    switch (this.state) {
      case 'length':
      case 'chunk':
        return this.readBody(chunk, at);
      case 'until-close':
        this.sink.onBody(at === 0 ? chunk : chunk.subarray(at));
        return chunk.length;
      case 'head':
        return this.readHead(chunk, at);
      default:
        return this.readLine(chunk, at);
    }
  }

  private readBody(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.left);
    this.sink.onBody(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
    this.left -= end - at;
    if (this.left === 0) this.state = this.state === 'length' ? 'done' : 'chunk-end';
    return end;
  }

  private readHead(chunk: Buffer, at: number): number {
    const before = this.rest?.length ?? 0;
    const bytes = this.rest === undefined ? chunk.subarray(at) : Buffer.concat([this.rest, chunk.subarray(at)]);
    const end = endOfHead(bytes);
    if (end < 0 ? bytes.length > headMaxBytes : end > headMaxBytes) {
      this.readEarlyStatus(bytes);
      this.fail(`the head of the answer has more than ${headMaxBytes} bytes`);
      return chunk.length;
    }
    if (end < 0) {
      this.rest = bytes;
      this.readEarlyStatus(bytes);
      return chunk.length;
    }
    this.rest = undefined;
    this.onHead(readHead(bytes.toString('latin1', 0, end)));
    return at + end - before;
  }

  /** Reads the status from a head that is incomplete or too long. */
  private readEarlyStatus(bytes: Buffer): void {
    const lineEnd = bytes.indexOf(lineFeed);
    if (lineEnd < 0) return;
    const status = readStatus(bytes.toString('latin1', 0, lineEnd));
    if (status === undefined) this.fail(notHttp);
    else if (status >= 200) this.status = status;
  }

  private onHead(head: AnswerHead | undefined): void {
    if (head === undefined) this.fail(notHttp);
    else if (head.status >= 200) {
      this.status = head.status;
      this.isKept = head.isKept;
      this.sink.onHead(head);
      this.beginBody(head.body);
    }
  }

  private beginBody(length: BodyLength): void {
    if (length === 'invalid') this.fail('the answer has no valid Content-Length');
    else if (length === 'chunked') this.state = 'chunk-size';
    else if (length === 'until-close') this.state = 'until-close';
    else {
      this.left = length;
      this.state = length === 0 ? 'done' : 'length';
    }
  }

  /** Reads the lines between chunks and after the last chunk. */
  private readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(lineFeed, at);
    const part = chunk.subarray(at, end < 0 ? chunk.length : end + 1);
    const bytes = this.rest === undefined ? part : Buffer.concat([this.rest, part]);
    this.rest = end < 0 ? bytes : undefined;
    if (bytes.length > (this.state === 'trailers' ? headMaxBytes : chunkLineMaxBytes))
      this.fail('the answer has a line between its chunks that is too long');
    else if (end >= 0) this.onLine(bytes.toString('latin1').trim());
    return end < 0 ? chunk.length : end + 1;
  }

  private onLine(line: string): void {
    if (this.state === 'chunk-size') this.beginChunk(line);
    else if (this.state === 'trailers') this.onTrailer(line);
    else if (line === '') this.state = 'chunk-size';
    else this.fail('the answer has a chunk that is longer than it says');
  }

  private beginChunk(line: string): void {
    const [, size] = /^([\da-f]{1,12})\s*(?:;|$)/i.exec(line) ?? [];
    if (size === undefined) {
      this.fail('the answer has a chunk without a valid size');
      return;
    }
    this.left = parseInt(size, 16);
    this.state = this.left === 0 ? 'trailers' : 'chunk';
  }

  private onTrailer(line: string): void {
    this.left += line.length;
    if (this.left > headMaxBytes) this.fail('the answer has too many trailers');
    else if (line === '') this.state = 'done';
  }
}
