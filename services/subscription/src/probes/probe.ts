import { hostOf } from '@callbus/callback/network/address-policy';
import type { ConnectTcp } from '@callbus/callback/network/connect-tcp';
import type { Answer, Post } from '@callbus/callback/post';

export interface Probe {
  /** Posts once, like a callback. */
  ping(url: string, body: Buffer): Promise<{ status: number; body: string } | ProbeFailure>;
  /** Opens a connection and sends nothing. */
  telnet(url: string): Promise<'connected' | ProbeFailure>;
  /** Requests the permission to send callbacks from this origin: CloudEvents' web hooks, section 4.1. */
  verify(url: string, origin: string): Promise<VerificationAnswer | ProbeFailure>;
}

export type VerificationAnswer = Pick<Answer, 'status' | 'grant'>;

export interface ProbeFailure {
  readonly failure: string;
}

const timeoutMs = 10_000;

export function createProbe({ post, connectTcp }: { post: Post; connectTcp: ConnectTcp }): Probe {
  return {
    async ping(url, body) {
      const headers = body.length > 0 ? { 'content-type': 'application/json' } : {};
      const result = await post.post({ url, headers, body, timeoutMs });
      if (result.kind !== 'answer') return { failure: result.reason };
      return { status: result.status, body: result.body.toString() };
    },
    async telnet(text) {
      const url = new URL(text);
      const connection = await connectTcp({ host: hostOf(url), port: portOf(url), timeoutMs });
      return connection.ok ? 'connected' : { failure: connection.reason };
    },
    async verify(url, origin) {
      const headers = { 'webhook-request-origin': origin };
      const result = await post.post({ method: 'OPTIONS', url, headers, body: Buffer.alloc(0), timeoutMs });
      return result.kind === 'answer' ? result : { failure: result.reason };
    },
  };
}

function portOf({ protocol, port }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
