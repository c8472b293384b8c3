import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** Stands before a server, and can point to another one, or fall silent. */
export interface TcpProxy {
  /** The server's, with the proxy's address. */
  readonly url: string;
  /** New connections go there, and those that are open are cut. */
  pointTo(url: string): void;
  /** From here on no byte passes, in either direction, and nobody is told; new connections are taken and not answered. */
  fallSilent(): void;
  /** What fell silent stays so; new connections are served. */
  speak(): void;
  /** Breaks all connections. */
  cut(): void;
  close(): Promise<void>;
}

export async function openTcpProxy(serverUrl: string): Promise<TcpProxy> {
  let target = new URL(serverUrl);
  let isSilent = false;
  const sockets = new Set<Socket>();
  const silence = (socket: Socket) => {
    socket.removeAllListeners('data');
    socket.on('data', () => undefined);
  };

  const server = createServer((client) => {
    keep(client);
    if (isSilent) {
      silence(client);
      return;
    }
    const upstream = keep(connect(Number(target.port), target.hostname));
    client.on('data', (bytes) => upstream.write(bytes)).on('close', () => upstream.destroy());
    upstream.on('data', (bytes) => client.write(bytes)).on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    // What breaks is closed, which both ends notice.
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  }
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    url: url.href,
    pointTo(other) {
      target = new URL(other);
      cut();
    },
    fallSilent() {
      isSilent = true;
      for (const socket of sockets) silence(socket);
    },
    speak() {
      isSilent = false;
    },
    cut,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
