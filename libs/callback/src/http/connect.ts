import { isIP, type LookupFunction, type Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import type { AddressCheck } from '../network/address-policy.js';
import { connectToAny } from '../network/connect-to-any.js';

export interface Target {
  readonly isTls: boolean;
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface ConnectOptions {
  readonly lookup: LookupFunction;
  /** Checks hosts that sockets do not look up. */
  readonly checkHost: (host: string) => AddressCheck;
}

/** Calls back once. @returns a function that cancels connecting; the callback is then not called */
export type Connect = (target: Target, callback: (error: Error | null, socket?: Socket) => void) => () => void;

const sessionsKept = 1_000;
const tcpKeepAliveMs = 60_000;

/**
 * Connects to hosts that the policy allows. The socket gets its addresses only from the checked look-up, so that no
 * second look-up can answer differently. TLS still verifies the host's name, and resumes earlier sessions.
 */
export function createConnect({ lookup, checkHost }: ConnectOptions): Connect {
  const sessions = new Map<string, Buffer>();

  function encrypt(tcp: Socket, { host, port }: Target): Socket {
    const key = `${host}:${port}`;
    const session = sessions.get(key);
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket: TLSSocket = tls.connect({
      socket: tcp,
      host,
      ALPNProtocols: ['http/1.1'],
      ...name,
      ...(session !== undefined && { session }),
    });
    return socket.on('session', (latest) => {
      if (sessions.size === sessionsKept) sessions.clear();
      sessions.set(key, latest);
    });
  }

  return (target, callback) => {
    const check = checkHost(target.host);
    if (!check.ok) {
      let isGivenUp = false;
      process.nextTick(() => isGivenUp || callback(new Error(check.reason)));
      return () => (isGivenUp = true);
    }
    let giveUp = connectToAny({ host: target.host, port: target.port, lookup }, (error, tcp) => {
      if (tcp === undefined) {
        callback(error);
        return;
      }
      tcp.setNoDelay(true).setKeepAlive(true, tcpKeepAliveMs);
      if (!target.isTls) {
        callback(null, tcp);
        return;
      }
      const socket = encrypt(tcp, target);
      const fail = (failure: Error) => callback(failure);
      socket.once('error', fail).once('secureConnect', () => {
        socket.off('error', fail);
        callback(null, socket);
      });
      giveUp = () =>
        void socket
          .off('error', fail)
          .on('error', () => undefined)
          .destroy();
    });
    return () => giveUp();
  };
}
