import { createInFlight } from '@callbus/concurrency/in-flight';
import { createCheckedLookup, type CheckedOptions } from './network/checked-look-up.js';
import { createConnect } from './http/connect.js';
import { createConnections } from './http/connections.js';
import { destinationOf } from './http/destination.js';
import { answerMaxBytes, Exchange, type PostResult } from './http/exchange.js';
import { createInflateBody } from './http/inflate-body.js';
import { requestHead, RequestFault } from './http/request-head.js';
import { reasonOf } from './reason-of.js';

export type { Answer, PostResult } from './http/exchange.js';

export interface PostRequest {
  /** Default: POST. */
  readonly method?: 'POST' | 'OPTIONS';
  /** An absolute URL, http or https. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** From the start of connecting to the last byte of the answer that is read. */
  readonly timeoutMs: number;
}

export interface PostOptions extends CheckedOptions {
  readonly userAgent: string;
  /** Age at which even a busy connection is closed. Default: 5 minutes. */
  readonly connectionMaxAgeMs?: number;
}

export interface Post {
  /** Never rejects: a missing answer is a result. Does not follow redirects. */
  post(request: PostRequest): Promise<PostResult>;
  /** Waits for the posts under way and closes the connections. */
  close(): Promise<void>;
}

const defaultMaxAgeMs = 300_000;

/** Posts over keep-alive connections. The address policy checks each connection once, when it is opened. */
export function createPost(options: PostOptions): Post {
  const { userAgent, addressPolicy, connectionMaxAgeMs = defaultMaxAgeMs } = options;
  const connections = createConnections({
    connect: createConnect({
      lookup: createCheckedLookup(options),
      checkHost: (host) => addressPolicy.checkHost(host),
    }),
    maxAgeMs: connectionMaxAgeMs,
    now: () => performance.now(),
  });
  const inflateBody = createInflateBody({ maxBytes: answerMaxBytes });

  const inFlight = createInFlight();

  function start({ method, url, headers, body, timeoutMs }: PostRequest, resolve: (result: PostResult) => void): void {
    const destination = destinationOf(url);
    const head = requestHead({ method, destination, headers, userAgent, bodyBytes: body.length });
    new Exchange({ destination, head, body, timeoutMs, connections, inflateBody, resolve }).start();
  }

  return {
    post(request) {
      inFlight.begin();
      return new Promise((resolve) => {
        const end = (result: PostResult) => {
          resolve(result);
          inFlight.end();
        };
        try {
          start(request, end);
        } catch (error) {
          const reason = reasonOf(error);
          // An unusable URL is not a fault of the request: the subscription can be corrected.
          if (error instanceof RequestFault) end({ kind: 'unsent', because: 'request', reason, durationMs: 0 });
          else end({ kind: 'error', reason, durationMs: 0 });
        }
      });
    },
    async close() {
      await inFlight.idle();
      connections.close();
    },
  };
}
