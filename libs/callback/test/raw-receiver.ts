import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface RawReceiver {
  readonly url: string;
  /** Requests so far. */
  readonly requests: () => number;
  /** Connections so far. */
  readonly connections: () => number;
  /** Connections that are open now. */
  readonly openConnections: () => number;
  close(): Promise<void>;
}

/** A receiver whose answers are written as bytes. @param serve called for each complete request; `ofConnection` counts from 1 on each connection */
export async function openRawReceiver(
  serve: (socket: Socket, request: { readonly text: string; readonly ofConnection: number }) => void,
): Promise<RawReceiver> {
  const sockets = new Set<Socket>();
  let requests = 0;
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let ofConnection = 0;
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = endOf(text); end > 0; end = endOf(text)) {
        requests += 1;
        ofConnection += 1;
        serve(socket, { text: text.slice(0, end), ofConnection });
        text = text.slice(end);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    connections: () => connections,
    openConnections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function endOf(text: string): number {
  const head = text.indexOf('\r\n\r\n') + 4;
  const length = Number(/content-length: (\d+)/.exec(text)?.[1]);
  return head > 3 && text.length >= head + length ? head + length : 0;
}
