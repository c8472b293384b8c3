import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface TlsProxy {
  readonly port: number;
  /** The names that clients asked for (SNI); false for none. */
  readonly asked: readonly (string | false | null)[];
  close(): Promise<void>;
}

/** The length of a Postgres client's first request (SSLRequest), and the answer to it. */
const sslRequestBytes = 8;
const yes = 'S';

/** Terminates TLS in front of a server without TLS. */
export async function openTlsProxy(
  serverUrl: string,
  { cert, key, isPostgres = false }: { cert: string; key: string; isPostgres?: boolean },
): Promise<TlsProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const asked: (string | false | null)[] = [];

  function keep<T extends Socket>(socket: T): T {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    return socket;
  }

  function encrypt(client: Socket): void {
    const secure = keep(new TLSSocket(client, { isServer: true, cert, key }));
    secure.once('secure', () => {
      asked.push(secure.servername);
      const upstream = keep(connect(Number(target.port), target.hostname));
      secure.pipe(upstream).pipe(secure);
      secure.on('close', () => upstream.destroy());
      upstream.on('close', () => secure.destroy());
    });
  }

  const server = createServer((client) => {
    keep(client);
    if (!isPostgres) {
      encrypt(client);
      return;
    }
    client.once('readable', () => {
      client.read(sslRequestBytes);
      client.write(yes);
      encrypt(client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
