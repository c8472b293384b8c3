import { hostOf } from '@callbus/callback/address-policy';
import type { ConnectTcp } from '@callbus/callback/connect-tcp';
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

export interface ProbeOptions {
  readonly post: Post;
  readonly connectTcp: ConnectTcp;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;

export function createProbe({ post, connectTcp, timeoutMs = defaultTimeoutMs }: ProbeOptions): Probe {
  return {
    async ping(url, body) {
      const headers = body.length > 0 ? { 'content-type': 'application/json' } : {};
      const result = await post.post({ url, headers, body, timeoutMs });
      if (result.kind !== 'answer') return { failure: result.reason };
      return { status: result.status, body: result.body.toString() };
    },
    async telnet(text) {
      const url = new URL(text);
      const verdict = await connectTcp({ host: hostOf(url), port: portOf(url), timeoutMs });
      return verdict.ok ? 'connected' : { failure: verdict.reason };
    },
  };
}

function portOf({ protocol, port }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
