import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Proxy = Awaited<ReturnType<typeof openProxy>>;

/** A network of its own between a client and the server at `url`: it can fall silent, and it can break. */
export async function openProxy(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const clients: Socket[] = [];
  let isSilent = false;
  let isRefusing = false;
  let accepted = 0;

  const server = createServer((client) => {
    accepted += 1;
    clients.push(client);
    if (isRefusing) {
      client.destroy();
      return;
    }
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
    /** Breaks one, of those up to now. */
    cutOne: (index: number) => clients[index]?.destroy(),
    /** Breaks each new connection at once, or no more. */
    setRefusing: (refusing: boolean) => void (isRefusing = refusing),
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
