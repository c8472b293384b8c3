import { connect, type Socket } from 'node:net';
import { openTcpProxy, portOf } from './tcp-proxy.js';

const connectTimeoutMs = 2_000;

/**
 * A proxy in front of several servers. Each new connection goes to the next server that accepts it, as behind a
 * Kubernetes service.
 */
export async function openBalancer(urls: readonly string[]) {
  let turn = 0;
  let first: number | undefined;
  let isFirstOnly = false;

  async function dial(): Promise<Socket | undefined> {
    const start = first ?? turn;
    turn = start + 1;
    if (isFirstOnly) first = undefined;
    for (let attempt = 0; attempt < urls.length; attempt += 1) {
      const socket = await connectTo(new URL(urls[(start + attempt) % urls.length] ?? ''));
      if (socket !== undefined) return socket;
    }
    return undefined;
  }
  const proxy = await openTcpProxy(urls[0] ?? '', { dial });

  return {
    url: proxy.url,
    close: () => proxy.close(),
    /** From now on new connections go to this server first; without a server, to each in turn. */
    prefer(url: string | undefined): void {
      first = url === undefined ? undefined : urls.indexOf(url);
      isFirstOnly = false;
    },
    /** The next connection goes to this server, and those after it to each in turn. */
    preferOnce(url: string): void {
      first = urls.indexOf(url);
      isFirstOnly = true;
    },
  };
}

/** @returns undefined when the server does not accept the connection; a server that hangs accepts it */
function connectTo(url: URL): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(portOf(url), url.hostname);
    const giveUp = () => {
      socket.destroy();
      resolve(undefined);
    };
    socket.setTimeout(connectTimeoutMs, giveUp);
    socket.once('error', giveUp);
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}
