import { connect } from 'node:net';

/** The hosts of a bus on this machine. */
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The address of this machine that the bus can probably reach: that of our connection to it.
 *
 * @returns undefined when the bus does not answer
 */
export async function ownAddress(bus: string): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(bus);
  if (loopback.test(hostname)) return '127.0.0.1';
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
  });
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve(socket.localAddress));
      socket.once('error', () => resolve(undefined));
    });
  } finally {
    socket.destroy();
  }
}

export function httpUrl(host: string, port: number, path: string): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
}
