import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Proxy {
  readonly url: string;
  /** The server goes on hearing its clients, but they hear nothing until `passAnswers`. */
  holdAnswers(): void;
  passAnswers(): void;
  breakConnections(): void;
  /** Breaks the connections and takes no new ones until `accept`. */
  refuse(): void;
  accept(): void;
  bytesToServer(): number;
  close(): Promise<void>;
}

/** Stands between a client and a server, to break off what runs between them at a chosen moment. */
export async function openProxy(serverUrl: string): Promise<Proxy> {
  const { hostname, port, protocol } = new URL(serverUrl);
  const clients = new Set<Socket>();
  const servers = new Set<Socket>();
  let isHolding = false;
  let isRefusing = false;
  let bytesToServer = 0;

  const listener = createServer((client) => {
    if (isRefusing) return client.destroy();
    const server = connect(Number(port || 6379), hostname);
    client.on('data', (bytes) => {
      bytesToServer += bytes.length;
      server.write(bytes);
    });
    server.on('data', (bytes) => client.write(bytes));
    if (isHolding) server.pause();
    keep(client, clients, server);
    keep(server, servers, client);
    return undefined;
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');

  function keep(socket: Socket, among: Set<Socket>, other: Socket) {
    among.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      among.delete(socket);
      other.destroy();
    });
  }
  const breakConnections = () => [...clients, ...servers].forEach((socket) => socket.destroy());

  return {
    url: `${protocol}//127.0.0.1:${(listener.address() as AddressInfo).port}`,
    holdAnswers: () => {
      isHolding = true;
      servers.forEach((server) => server.pause());
    },
    passAnswers: () => {
      isHolding = false;
      servers.forEach((server) => server.resume());
    },
    breakConnections,
    refuse: () => {
      isRefusing = true;
      breakConnections();
    },
    accept: () => void (isRefusing = false),
    bytesToServer: () => bytesToServer,
    close: async () => {
      breakConnections();
      await once(listener.close(), 'close');
    },
  };
}
