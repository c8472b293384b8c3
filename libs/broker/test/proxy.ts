import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Proxy = Awaited<ReturnType<typeof openProxy>>;

/** A network of its own between a client and the server at `url`: it can fall silent, and it can break. */
export async function openProxy(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isSilent = false;
  let accepted = 0;

  const server = createServer((client) => {
    accepted += 1;
    const upstream = connect(Number(target.port || 5672), target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (isSilent) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = new URL(url);
  own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: own.href,
    connections: () => sockets.size / 2,
    /** Connections up to now. */
    accepted: () => accepted,
    /** Breaks all connections. */
    cut: () => sockets.forEach((socket) => socket.destroy()),
    /** Passes nothing on in either direction, or goes on with what waited. */
    setSilent(silent: boolean): void {
      isSilent = silent;
      for (const socket of sockets) {
        if (silent) socket.pause();
        else socket.resume();
      }
    },
    async close(): Promise<void> {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
