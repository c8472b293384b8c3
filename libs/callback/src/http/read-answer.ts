/** Gets the parts of an answer, in the order of their bytes. */
export interface AnswerSink {
  /** Called once, when the head of the final answer is complete. */
  onHead(head: AnswerHead): void;
  onBody(chunk: Buffer): void;
}

export interface AnswerHead {
  readonly status: number;
  /** Header fields that we use, by lower-case name. */
  readonly fields: Readonly<Record<string, string | undefined>>;
}

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' | 'done' | 'broken';

const headMaxBytes = 16 * 1024;
/** Limit for the line before a chunk, which extensions may make long. */
const chunkLineMaxBytes = 4 * 1024;
const usedFields = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'retry-after',
  'x-callbus-hops',
  'transfer-encoding',
  'webhook-allowed-origin',
  'webhook-allowed-rate',
]);
/** First letters of the used fields, in lower case: one comparison skips most lines of a head. */
const firstLetters = new Set([...usedFields].map((name) => name.charCodeAt(0)));
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\n]*)?\r?$/;
const lineFeed = 10;

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
        return this.body(chunk, at);
      case 'until-close':
        this.sink.onBody(at === 0 ? chunk : chunk.subarray(at));
        return chunk.length;
      case 'head':
        return this.head(chunk, at);
      default:
        return this.line(chunk, at);
    }
  }

  private body(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.left);
    this.sink.onBody(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
    this.left -= end - at;
    if (this.left === 0) this.state = this.state === 'length' ? 'done' : 'chunk-end';
    return end;
  }

  private head(chunk: Buffer, at: number): number {
    const before = this.rest?.length ?? 0;
    const bytes = this.rest === undefined ? chunk.subarray(at) : Buffer.concat([this.rest, chunk.subarray(at)]);
    const end = headEnd(bytes);
    if (end < 0 ? bytes.length > headMaxBytes : end > headMaxBytes) {
      this.readStatus(bytes);
      this.fail(`the head of the answer has more than ${headMaxBytes} bytes`);
      return chunk.length;
    }
    if (end < 0) {
      this.rest = bytes;
      this.readStatus(bytes);
      return chunk.length;
    }
    this.rest = undefined;
    this.readHead(bytes.toString('latin1', 0, end));
    return at + end - before;
  }

  /** Reads the status from a head that is incomplete or too long. */
  private readStatus(bytes: Buffer): void {
    const lineEnd = bytes.indexOf(lineFeed);
    if (lineEnd < 0) return;
    const status = Number(statusLine.exec(bytes.toString('latin1', 0, lineEnd))?.[2]);
    if (status >= 200) this.status = status;
    if (Number.isNaN(status)) this.fail('the answer is not HTTP/1');
  }

  private readHead(text: string): void {
    let lineEnd = text.indexOf('\n');
    const [, minor, code] = statusLine.exec(text.slice(0, lineEnd)) ?? [];
    if (code === undefined) {
      this.fail('the answer is not HTTP/1');
      return;
    }
    const status = Number(code);
    if (status < 200) return;
    this.status = status;
    const fields: Record<string, string> = {};
    for (let start = lineEnd + 1; start < text.length; start = lineEnd + 1) {
      lineEnd = text.indexOf('\n', start);
      // `| 0x20` makes a letter lower case, and turns no other character into a letter.
      if (firstLetters.has(text.charCodeAt(start) | 0x20)) addField(fields, text.slice(start, lineEnd));
    }
    this.isKept = isKept(minor === '1', fields['connection']);
    this.sink.onHead({ status, fields });
    this.frame(status, fields);
  }

  /** Determines where the body ends (RFC 9112 6.3). */
  private frame(status: number, fields: Readonly<Record<string, string | undefined>>): void {
    const { 'content-length': length, 'transfer-encoding': coding } = fields;
    if (status === 204 || status === 304) {
      // A body that is sent nevertheless would be taken for the next answer.
      this.isKept &&= coding === undefined && (length === undefined || length === '0' || status === 304);
      this.state = 'done';
    } else if (coding !== undefined) {
      this.isKept &&= length === undefined;
      this.state = /(?:^|,)\s*chunked\s*$/i.test(coding) ? 'chunk-size' : 'until-close';
    } else if (length === undefined) {
      this.state = 'until-close';
    } else {
      const [bytes, ...others] = new Set(length.split(',').map((each) => each.trim()));
      if (bytes === undefined || others.length > 0 || !/^\d{1,15}$/.test(bytes)) {
        this.fail('the answer has no valid Content-Length');
        return;
      }
      this.left = Number(bytes);
      this.state = this.left === 0 ? 'done' : 'length';
    }
    if (this.state === 'until-close') this.isKept = false;
  }

  /** Reads the lines between chunks and after the last chunk. */
  private line(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(lineFeed, at);
    const part = chunk.subarray(at, end < 0 ? chunk.length : end + 1);
    const bytes = this.rest === undefined ? part : Buffer.concat([this.rest, part]);
    this.rest = end < 0 ? bytes : undefined;
    if (bytes.length > (this.state === 'trailers' ? headMaxBytes : chunkLineMaxBytes)) {
      this.fail('the answer has a line between its chunks that is too long');
    } else if (end >= 0) {
      this.readLine(bytes.toString('latin1').trim());
    }
    return end < 0 ? chunk.length : end + 1;
  }

  private readLine(line: string): void {
    if (this.state === 'chunk-size') {
      const [, size] = /^([\da-f]{1,12})\s*(?:;|$)/i.exec(line) ?? [];
      if (size === undefined) {
        this.fail('the answer has a chunk without a valid size');
        return;
      }
      this.left = parseInt(size, 16);
      this.state = this.left === 0 ? 'trailers' : 'chunk';
    } else if (this.state === 'chunk-end') {
      if (line !== '') {
        this.fail('the answer has a chunk that is longer than it says');
        return;
      }
      this.state = 'chunk-size';
    } else {
      this.left += line.length;
      if (this.left > headMaxBytes) this.fail('the answer has too many trailers');
      else if (line === '') this.state = 'done';
    }
  }
}

/** @returns the index after the head's empty line; -1 when the head is incomplete */
function headEnd(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n');
  if (end >= 0) return end + 4;
  const bare = bytes.indexOf('\n\n');
  return bare < 0 ? -1 : bare + 2;
}

/** Joins the values of a repeated field with commas. */
function addField(fields: Record<string, string>, line: string): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trim().toLowerCase();
  if (!usedFields.has(name)) return;
  const value = line.slice(colon + 1).trim();
  fields[name] = fields[name] === undefined ? value : `${fields[name]}, ${value}`;
}

function isKept(isHttp11: boolean, connection: string | undefined): boolean {
  if (connection === undefined) return isHttp11;
  const options = connection.toLowerCase();
  return isHttp11 ? !options.includes('close') : options.includes('keep-alive') && !options.includes('close');
}
