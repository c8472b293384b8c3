import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import type { Verdict } from '../address-policy.js';

export interface Target {
  readonly isTls: boolean;
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface ConnectOptions {
  readonly lookup: LookupFunction;
  /** Judges what sockets do not look up. */
  readonly checkHost: (host: string) => Verdict;
}

/** Calls back once. @returns a function that gives up connecting; nothing is called back then */
export type Connect = (target: Target, callback: (error: Error | null, socket?: Socket) => void) => () => void;

const sessionsKept = 1_000;
const tcpKeepAliveMs = 60_000;

/**
 * Connects to hosts that the policy allows. The socket itself asks the checked look-up and knows no other addresses, so there is no
 * second look-up that could answer differently; TLS still checks the host's name, and resumes what it negotiated before.
 */
export function createConnect({ lookup, checkHost }: ConnectOptions): Connect {
  const sessions = new Map<string, Buffer>();

  function open({ isTls, host, port }: Target): Socket {
    if (!isTls) return connectTcp({ host, port, lookup });
    const key = `${host}:${port}`;
    const session = sessions.get(key);
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket: TLSSocket = tls.connect({
      host,
      port,
      lookup,
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
    const verdict = checkHost(target.host);
    if (!verdict.ok) {
      let isGivenUp = false;
      process.nextTick(() => isGivenUp || callback(new Error(verdict.reason)));
      return () => (isGivenUp = true);
    }
    const socket = open(target).setNoDelay(true).setKeepAlive(true, tcpKeepAliveMs);
    const fail = (error: Error) => callback(error);
    socket.once('error', fail);
    socket.once(target.isTls ? 'secureConnect' : 'connect', () => {
      socket.off('error', fail);
      callback(null, socket);
    });
    return () => {
      socket
        .off('error', fail)
        .on('error', () => undefined)
        .destroy();
    };
  };
}
