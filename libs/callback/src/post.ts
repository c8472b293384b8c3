import { Agent } from 'undici';
import { createCheckedConnect, type CheckedOptions } from './checked-connect.js';
import { reasonOf } from './reason-of.js';
import { unsentBecause, type Unsent } from './unsent.js';

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
  /** Why the body cannot be judged, although a status came. */
  readonly fault?: { readonly kind: 'timeout' | 'error'; readonly reason: string };
  /** The header as it came. */
  readonly retryAfter?: string | undefined;
  readonly durationMs: number;
}

export type PostResult =
  Answer | Unsent | { readonly kind: 'timeout' | 'error'; readonly reason: string; readonly durationMs: number };

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
/** As long as a callback may take at most; the post's own timer ends it earlier. */
const connectTimeoutMs = 60_000;
const cutOff = new Error('cut off');
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
    connect: addressPolicy
      ? createCheckedConnect({ addressPolicy, ...options, connectTimeoutMs })
      : { timeout: connectTimeoutMs },
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

  let underWay = 0;
  let onIdle: (() => void) | undefined;

  /** undici's own promises, streams and abort signals cost a third of a post on top of it: hence its lower interface. */
  function post({ url, headers, body, timeoutMs }: PostRequest): Promise<PostResult> {
    const start = performance.now();
    underWay += 1;
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let length = 0;
      let status = 0;
      let retryAfter: string | undefined;
      let isOver = false;
      let stop: ((reason: Error) => void) | undefined;

      function end(resultAfter: (durationMs: number) => PostResult): void {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        resolve(resultAfter(Math.round(performance.now() - start)));
        underWay -= 1;
        if (underWay === 0) onIdle?.();
      }
      function answer(): void {
        const answerBody = length > answerMaxBytes ? Buffer.concat(chunks, answerMaxBytes) : joined(chunks);
        end((durationMs) => ({ kind: 'answer', status, body: answerBody, retryAfter, durationMs }));
      }
      function fail(kind: 'timeout' | 'error', reason: string): void {
        end((durationMs) => ({ kind, reason, durationMs }));
      }
      function failBy(error: unknown): void {
        const because = unsentBecause(error);
        const reason = reasonOf(error);
        if (because === undefined) fail('error', reason);
        else end((durationMs) => ({ kind: 'unsent', because, reason, durationMs }));
      }
      const timer = setTimeout(() => {
        fail('timeout', `no answer within ${timeoutMs} ms`);
        stop?.(cutOff);
      }, timeoutMs);

      try {
        const { protocol, origin, pathname, search } = new URL(url);
        if (!/^https?:$/.test(protocol)) throw new Error(`${protocol} cannot be called`);
        const allHeaders: Record<string, string> = { ...headers };
        allHeaders['user-agent'] = userAgent;
        agent.dispatch(
          { origin, path: pathname + search, method: 'POST', headers: allHeaders, body },
          {
            onRequestStart(controller) {
              stop = (reason) => controller.abort(reason);
              // It waited for a connection until its time was over.
              if (isOver) stop(cutOff);
            },
            onResponseStart(_controller, statusCode, answered) {
              status = statusCode;
              const header = answered['retry-after'];
              if (typeof header === 'string') retryAfter = header;
            },
            onResponseData(controller, chunk) {
              chunks.push(chunk);
              length += chunk.length;
              if (length < answerMaxBytes) return;
              answer();
              // A body that goes on is cut off together with its connection: reading it to the end may have no end.
              controller.abort(cutOff);
            },
            onResponseEnd: answer,
            onResponseError: (_controller, error) => failBy(error),
          },
        );
      } catch (error) {
        failBy(error);
      }
    });
  }

  return {
    post,
    async close() {
      if (underWay > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      // What still tries to connect is for nobody any more.
      await agent.destroy();
    },
  };
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}
