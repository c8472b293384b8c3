import { connect } from 'node:net';
import type { Verdict } from './address-policy.js';
import { createCheckedLookup, type CheckedOptions } from './checked-look-up.js';
import { reasonOf } from './reason-of.js';

interface TcpTarget {
  /** A name or an address, IPv6 without brackets (`hostOf`). */
  readonly host: string;
  readonly port: number;
  /** Covers the look-up of the name. */
  readonly timeoutMs: number;
}

/** Connects and hangs up at once. Never rejects for what the other side does: no connection is a result. */
export type ConnectTcp = (target: TcpTarget) => Promise<Verdict>;

/** Connecting by hand under the same policy as callbacks. */
export function createConnectTcp(options: CheckedOptions): ConnectTcp {
  const lookup = createCheckedLookup(options);

  function open({ host, port, timeoutMs }: TcpTarget): Promise<Verdict> {
    return new Promise((resolve) => {
      const socket = connect({ host, port, lookup });
      const end = (verdict: Verdict) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(verdict);
      };
      const timer = setTimeout(() => end({ ok: false, reason: `no connection within ${timeoutMs} ms` }), timeoutMs);
      socket.once('connect', () => end({ ok: true }));
      socket.on('error', (error) => end({ ok: false, reason: reasonOf(error) }));
    });
  }

  return async (target) => {
    const verdict = options.addressPolicy.checkHost(target.host);
    return verdict.ok ? open(target) : verdict;
  };
}
