import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy that can fall silent, break its connections, refuse new ones, and lead to another server. */
export interface TcpProxy {
  /** The server's URL, with the proxy's address. */
  readonly url: string;
  /** Leads new connections to another server, and breaks the open ones. */
  pointTo(url: string): void;
  /**
   * Passes no more bytes in either direction, without closing anything. New connections are accepted but not served.
   */
  fallSilent(): void;
  /** Holds back the bytes of the server, which still receives the bytes of its clients. */
  holdAnswers(): void;
  /** Passes all bytes on again, including those held back. */
  speak(): void;
  /** Breaks each new connection at once. */
  refuse(): void;
  /** Serves new connections again. */
  accept(): void;
  /** Breaks all connections. */
  cut(): void;
  /** Breaks one connection. @param index its position among all connections accepted so far */
  cutOne(index: number): void;
  /** Connections that are open. */
  connections(): number;
  /** Connections accepted so far. */
  accepted(): number;
  bytesToServer(): number;
  close(): Promise<void>;
}

export interface TcpProxyOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Connects to a server. Without a server the client's connection is broken. Default: the server of the URL. */
  readonly dial?: () => Promise<Socket | undefined>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

const defaultPorts: Readonly<Record<string, number>> = { 'amqp:': 5672, 'postgres:': 5432, 'redis:': 6379 };

export async function openTcpProxy(serverUrl: string, options: TcpProxyOptions = {}): Promise<TcpProxy> {
  let target = new URL(serverUrl);
  let isRefusing = false;
  let held: 'nothing' | 'answers' | 'everything' = 'nothing';
  let bytesToServer = 0;
  const clients: Socket[] = [];
  const pairs = new Set<Pair>();
  const { port = 0, dial = () => Promise.resolve(connect(portOf(target), target.hostname)) } = options;

  const listener = createServer({ pauseOnConnect: true, noDelay: true }, (client) => {
    clients.push(client);
    client.on('error', () => undefined);
    if (isRefusing) client.destroy();
    else void dial().then((server) => join(client, server));
  });

  function join(client: Socket, server: Socket | undefined): void {
    if (server === undefined || client.destroyed) {
      client.destroy();
      server?.on('error', () => undefined).destroy();
      return;
    }
    const pair = { client, server };
    pairs.add(pair);
    client.on('data', (bytes) => {
      bytesToServer += bytes.length;
      server.write(bytes);
    });
    server.setNoDelay(true).on('data', (bytes) => client.write(bytes));
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    // An error closes the socket, and both ends notice that.
    for (const socket of [client, server]) socket.on('error', () => undefined).on('close', end);
    hold(pair);
  }
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;

  function hold({ client, server }: Pair): void {
    if (held === 'everything') client.pause();
    else client.resume();
    if (held === 'nothing') server.resume();
    else server.pause();
  }
  function holdAll(what: typeof held): void {
    held = what;
    for (const pair of pairs) hold(pair);
  }
  const cut = () => {
    for (const { client } of pairs) client.destroy();
  };

  return {
    url: url.href,
    pointTo(other) {
      target = new URL(other);
      cut();
    },
    fallSilent: () => holdAll('everything'),
    holdAnswers: () => holdAll('answers'),
    speak: () => holdAll('nothing'),
    refuse: () => void (isRefusing = true),
    accept: () => void (isRefusing = false),
    cut,
    cutOne: (index) => clients[index]?.destroy(),
    connections: () => pairs.size,
    accepted: () => clients.length,
    bytesToServer: () => bytesToServer,
    close: () =>
      new Promise<void>((resolve) => {
        listener.close(() => resolve());
        clients.forEach((client) => client.destroy());
      }),
  };
}

/** The port in a URL of a server, or the standard port of its protocol. */
export function portOf({ port, protocol }: URL): number {
  return Number(port) || defaultPorts[protocol] || 0;
}
