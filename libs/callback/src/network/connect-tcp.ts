import type { AddressCheck } from './address-policy.js';
import { createCheckedLookup, type CheckedOptions } from './checked-look-up.js';
import { connectToAny } from './connect-to-any.js';
import { reasonOf } from '../reason-of.js';

interface TcpTarget {
  /** A name or an address, IPv6 without brackets (`hostOf`). */
  readonly host: string;
  readonly port: number;
  /** Includes the look-up of the name. */
  readonly timeoutMs: number;
}

/** Connects and closes at once. Never rejects for a fault of the other side: a failed connection is a result. */
export type ConnectTcp = (target: TcpTarget) => Promise<AddressCheck>;

/** Connection tests that users request, under the same address policy as callbacks. */
export function createConnectTcp(options: CheckedOptions): ConnectTcp {
  const lookup = createCheckedLookup(options);

  function open({ host, port, timeoutMs }: TcpTarget): Promise<AddressCheck> {
    return new Promise((resolve) => {
      const giveUp = connectToAny({ host, port, lookup }, (error, socket) => {
        clearTimeout(timer);
        socket?.on('error', () => undefined).destroy();
        resolve(socket === undefined ? { ok: false, reason: reasonOf(error) } : { ok: true });
      });
      const timer = setTimeout(() => {
        giveUp();
        resolve({ ok: false, reason: `no connection within ${timeoutMs} ms` });
      }, timeoutMs);
    });
  }

  return async (target) => {
    const check = options.addressPolicy.checkHost(target.host);
    return check.ok ? open(target) : check;
  };
}
