import { connect, type Socket } from 'node:net';
import type { Post } from '@callbus/callback/post';

export interface Probe {
  /** Posts once, as a callback would be posted. */
  ping(url: string, body: Buffer): Promise<{ status: number; body: string } | ProbeFailure>;
  /** Connects, and no more. */
  telnet(url: string): Promise<'connected' | ProbeFailure>;
}

interface ProbeFailure {
  readonly failure: string;
}

const defaultTimeoutMs = 10_000;

export function createProbe(options: { post: Post; timeoutMs?: number }): Probe {
  const { post, timeoutMs = defaultTimeoutMs } = options;
  return {
    async ping(url, body) {
      const headers = body.length > 0 ? { 'content-type': 'application/json' } : {};
      const result = await post.post({ url, headers, body, timeoutMs });
      if (result.kind !== 'answer') return { failure: result.reason };
      return { status: result.status, body: result.body.toString() };
    },
    async telnet(url) {
      const failure = await tryConnection(url, timeoutMs);
      return failure === undefined ? 'connected' : { failure };
    },
  };
}

/** @returns why no connection came about, or undefined when one did; looking the name up counts into the time */
function tryConnection(url: string, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = openSocket(url);
    const end = (failure?: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(failure);
    };
    const timer = setTimeout(() => end(`no connection within ${timeoutMs} ms`), timeoutMs);
    socket.once('connect', () => end());
    socket.on('error', (error) => end(reasonOf(error)));
  });
}

/** Where the address policy belongs: telnet connects nowhere else. */
function openSocket(url: string): Socket {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return connect({ host, port: port === '' ? defaultPort : Number(port) });
}

/** Of several addresses each failed for its own reason, and the whole has none. */
function reasonOf(error: Error & { readonly errors?: readonly Error[] }): string {
  return error.errors?.map(reasonOf).join(', ') ?? error.message;
}
