import type { Readable } from 'node:stream';
import { Agent } from 'undici';
import { createCheckedConnect, type CheckedOptions } from './checked-connect.js';
import { reasonOf } from './reason-of.js';

interface PostRequest {
  /** Absolute, http or https. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** From the first byte of connecting to the last byte of the answer that is read. */
  readonly timeoutMs: number;
}

interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** At most the first 64 KiB. */
  readonly body: Buffer;
  /** The header as it came. */
  readonly retryAfter?: string;
  readonly durationMs: number;
}

export type PostResult =
  Answer | { readonly kind: 'timeout' | 'error'; readonly reason: string; readonly durationMs: number };

/** Without an address policy every address is called. */
export interface PostOptions extends Partial<CheckedOptions> {
  readonly userAgent: string;
}

export interface Post {
  /** Never rejects: not being answered is a result. Redirects are not followed. */
  post(request: PostRequest): Promise<PostResult>;
  /** Waits for the posts under way and closes the connections. */
  close(): Promise<void>;
}

const answerMaxBytes = 64 * 1024;
/** Without a hint by the receiver, shorter than the five seconds after which node closes: reusing a closed connection fails a call. */
const keepAliveMs = 2_000;
const keepAliveByHintMs = 60_000;
/**
 * How long before the receiver's own time a connection is given up. undici's clock ticks about once a second, and a busy
 * worker hears late of a close: with the default of one second, calls were lost on connections that were just closing.
 */
const keepAliveMarginMs = 3_000;

/**
 * Posts on keep-alive connections. undici rather than axios on the path of an event: 59 µs of CPU a request against
 * 340 µs. Every new connection passes the address policy; a kept one has passed it.
 */
export function createPost({ userAgent, addressPolicy, ...options }: PostOptions): Post {
  const agent = new Agent({
    ...(addressPolicy && { connect: createCheckedConnect({ addressPolicy, ...options }) }),
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveByHintMs,
    keepAliveTimeoutThreshold: keepAliveMarginMs,
    // One connection a callback under way: a receiver that hangs must not hold up the next call to it.
    pipelining: 1,
    // The post's own timer covers these.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 16 * 1024,
  });

  async function post(request: PostRequest): Promise<PostResult> {
    const start = performance.now();
    const durationMs = () => Math.round(performance.now() - start);
    const timeout = AbortSignal.timeout(request.timeoutMs);
    try {
      const { origin, pathname, search } = new URL(request.url);
      const answer = await agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers: { ...request.headers, 'user-agent': userAgent },
        body: request.body,
        signal: timeout,
      });
      const body = await readStart(answer.body);
      const retryAfter = answer.headers['retry-after'];
      return {
        kind: 'answer',
        status: answer.statusCode,
        body,
        ...(typeof retryAfter === 'string' && { retryAfter }),
        durationMs: durationMs(),
      };
    } catch (error) {
      if (timeout.aborted)
        return { kind: 'timeout', reason: `no answer within ${request.timeoutMs} ms`, durationMs: durationMs() };
      return { kind: 'error', reason: reasonOf(error), durationMs: durationMs() };
    }
  }

  return { post, close: () => agent.close() };
}

/** The first 64 KiB; a body that goes on is cut off together with its connection, since reading it to the end has no end. */
async function readStart(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= answerMaxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, answerMaxBytes);
}
