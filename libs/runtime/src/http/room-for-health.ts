import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Connection, Connections } from './connections.js';

const healthPaths = new Set(['/healthz', '/readyz', '/metrics']);
/** Connections beyond the limit. A connection without a request makes room for the next. */
const reservedConnections = 100;
/**
 * Share of the limit that is closed at once, so that the oldest connections are not searched for with every new one.
 */
const shareToClose = 1 / 100;
/** File descriptors for everything else that a process opens: other connections, files, look-ups of names. */
const otherFiles = 500;
const leastConnections = 100;

/**
 * Keeps room for health probes, whoever else connects. Beyond the limit, the connections that have been idle for
 * longest are closed, or else those that have been sending a request for longest. If neither makes room, or if its
 * address has more than its share, a new connection may only ask for health.
 *
 * @param perAddress Infinity for no limit
 * @returns whether a request may be served
 */
export function keepRoomForHealth(
  { all, drop, observe }: Connections,
  { connections, perAddress }: { connections: number; perAddress: number },
): (request: IncomingMessage) => boolean {
  const most = Math.min(connections, Math.max(filesAllowed() - otherFiles, leastConnections));
  const reserved = new Set<Connection>();
  /** Counts the connections that are not reserved. */
  const addresses = createAddressCounts(perAddress);

  function makeRoomFor(newcomer: Connection): void {
    const oldest = [...all.values()].filter((each) => each !== newcomer && canGiveWay(each)).sort(byWorth);
    for (const connection of oldest.slice(0, Math.max(1, Math.floor(most * shareToClose)))) drop(connection);
  }

  function reserve(connection: Connection): void {
    connection.isReserved = true;
    reserved.add(connection);
    if (reserved.size <= reservedConnections) return;
    const [oldest] = [...reserved].filter(({ answers }) => answers === 0);
    drop(oldest ?? connection);
  }

  observe({
    opened(connection) {
      // `all` already contains the new connection.
      if (all.size - reserved.size > most) makeRoomFor(connection);
      const isBeyond = all.size - reserved.size > most;
      if (isBeyond || !addresses.add(connection)) reserve(connection);
    },
    closed(connection) {
      if (!reserved.delete(connection)) addresses.remove(connection);
    },
  });

  return ({ socket, url = '' }) => {
    const connection = reserved.size === 0 ? undefined : all.get(socket);
    if (connection?.isReserved !== true || healthPaths.has(url.replace(/\?.*/s, ''))) return true;
    if (all.size - reserved.size >= most || !addresses.add(connection)) return false;
    connection.isReserved = false;
    return reserved.delete(connection);
  };
}

/** Whether a connection has no request, or only an incomplete one: nobody waits for its answer yet. */
function canGiveWay({ answers, last, isReserved }: Connection): boolean {
  const isSending = last !== undefined && !last.req.complete && !last.headersSent;
  return !isReserved && (answers === 0 || isSending);
}

/** Idle connections before sending ones, the oldest first. */
function byWorth(one: Connection, other: Connection): number {
  return Math.min(one.answers, 1) - Math.min(other.answers, 1) || one.usedAt - other.usedAt;
}

/** Counts connections by address, unless there is no limit. */
function createAddressCounts(most: number) {
  const addressOf = new Map<Connection, string>();
  const counts = new Map<string, number>();

  return {
    /** @returns false when the connection's address has reached its limit */
    add(connection: Connection): boolean {
      if (most === Infinity) return true;
      const address = connection.socket.remoteAddress ?? '';
      const count = counts.get(address) ?? 0;
      if (count >= most) return false;
      addressOf.set(connection, address);
      counts.set(address, count + 1);
      return true;
    },

    remove(connection: Connection): void {
      const address = addressOf.get(connection);
      if (address === undefined) return;
      addressOf.delete(connection);
      const count = (counts.get(address) ?? 0) - 1;
      if (count > 0) counts.set(address, count);
      else counts.delete(address);
    },
  };
}

/** How many files the kernel lets this process open; Infinity where the kernel does not say. */
function filesAllowed(): number {
  try {
    const allowed = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return allowed === undefined ? Infinity : Number(allowed);
  } catch {
    return Infinity;
  }
}
