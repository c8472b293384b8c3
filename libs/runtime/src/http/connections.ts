import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A connection and its requests. */
export interface Connection {
  readonly socket: Socket;
  /** The number of requests that are not answered yet. */
  unanswered: number;
  /** The response to the newest of these requests. In a drain it carries `Connection: close`. */
  last: ServerResponse | undefined;
  /** A number that rises with each connection and request. The connection with the lowest was used least recently. */
  usedAt: number;
  /** Whether the connection may only ask for health, because a limit of connections is reached. */
  isReserved: boolean;
}

interface ConnectionObserver {
  opened?(connection: Connection): void;
  requested?(response: ServerResponse): void;
  /** Called when all requests of the connection are answered. */
  idle?(connection: Connection): void;
  closed?(connection: Connection): void;
}

export interface Connections {
  readonly all: ReadonlyMap<Socket, Connection>;
  readonly observe: (observer: ConnectionObserver) => void;
  /** Destroys a connection and removes it from `all` at once. */
  readonly drop: (connection: Connection) => void;
}

/** Keeps the list of a server's connections. Call it before the server listens. */
export function followConnections(server: Server): Connections {
  const all = new Map<Socket, Connection>();
  const observers: ConnectionObserver[] = [];
  let uses = 0;

  function forget(connection: Connection): void {
    if (!all.delete(connection.socket)) return;
    for (const observer of observers) observer.closed?.(connection);
  }

  server.on('connection', (socket: Socket) => {
    uses += 1;
    const connection: Connection = { socket, unanswered: 0, last: undefined, usedAt: uses, isReserved: false };
    all.set(socket, connection);
    socket.once('close', () => forget(connection));
    for (const observer of observers) observer.opened?.(connection);
  });
  server.prependListener('request', ({ socket }, response) => {
    const connection = all.get(socket);
    if (connection === undefined) return;
    uses += 1;
    connection.unanswered += 1;
    connection.last = response;
    connection.usedAt = uses;
    for (const observer of observers) observer.requested?.(response);
    response.on('close', () => {
      connection.unanswered -= 1;
      if (connection.unanswered > 0) return;
      connection.last = undefined;
      for (const observer of observers) observer.idle?.(connection);
    });
  });

  return {
    all,
    observe: (observer) => void observers.push(observer),
    drop(connection) {
      forget(connection);
      connection.socket.destroy();
    },
  };
}
