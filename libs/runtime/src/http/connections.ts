import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The requests of one connection. */
export interface Connection {
  readonly socket: Socket;
  /** Requests that are not answered yet. */
  answers: number;
  /**
   * The answer that carries `Connection: close` in a drain: the last one, because node answers in the order of the
   * requests.
   */
  last: ServerResponse | undefined;
  /**
   * Rises with each connection and request. The connection with the lowest value has been idle, or sending, for
   * longest.
   */
  usedAt: number;
  /** Whether the connection is beyond the limit, and so may only ask for health. */
  isReserved: boolean;
}

interface ConnectionObserver {
  opened?(connection: Connection): void;
  asked?(response: ServerResponse): void;
  /** All requests of the connection are answered. */
  idle?(connection: Connection): void;
  closed?(connection: Connection): void;
}

export interface Connections {
  readonly all: ReadonlyMap<Socket, Connection>;
  readonly observe: (observer: ConnectionObserver) => void;
  /** Ends a connection, and forgets it at once. */
  readonly drop: (connection: Connection) => void;
}

/** Follows the connections of a server that does not listen yet. */
export function followConnections(server: Server): Connections {
  const all = new Map<Socket, Connection>();
  const observers: ConnectionObserver[] = [];
  let turn = 0;

  function forget(connection: Connection): void {
    if (!all.delete(connection.socket)) return;
    for (const observer of observers) observer.closed?.(connection);
  }

  server.on('connection', (socket: Socket) => {
    turn += 1;
    const connection: Connection = { socket, answers: 0, last: undefined, usedAt: turn, isReserved: false };
    all.set(socket, connection);
    socket.once('close', () => forget(connection));
    for (const observer of observers) observer.opened?.(connection);
  });
  server.prependListener('request', ({ socket }, response) => {
    const connection = all.get(socket);
    if (connection === undefined) return;
    turn += 1;
    connection.answers += 1;
    connection.last = response;
    connection.usedAt = turn;
    for (const observer of observers) observer.asked?.(response);
    response.on('close', () => {
      connection.answers -= 1;
      if (connection.answers > 0) return;
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
