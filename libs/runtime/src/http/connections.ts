import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The requests of one connection. */
export interface Connection {
  readonly socket: Socket;
  /** Requests that are not answered yet. */
  answers: number;
  /** Node answers in the order of the requests: the last answer is the one to say farewell with. */
  last: ServerResponse | undefined;
  /** Rises with each request of any connection: the lowest has been idle, or has been sending, for longest. */
  usedAt: number;
  /** Beyond the bound on connections, and so only there to ask for health. */
  isReserved: boolean;
}

interface ConnectionObserver {
  opened?(connection: Connection): void;
  asked?(response: ServerResponse): void;
  /** All that was asked on it is answered. */
  idle?(connection: Connection): void;
  closed?(connection: Connection): void;
}

export interface Connections {
  readonly all: ReadonlyMap<Socket, Connection>;
  readonly observe: (observer: ConnectionObserver) => void;
  /** Ends one, and forgets it at once. */
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
