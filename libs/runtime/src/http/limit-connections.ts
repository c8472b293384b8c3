import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Connection, Connections } from './connections.js';

const healthPaths = new Set(['/healthz', '/readyz', '/metrics']);
/** The most connections beyond the limit. They may only ask for health. */
const reservedConnections = 100;
/** The share of the limit that is closed at once, so that the oldest connections are not searched for each new one. */
const shareToClose = 1 / 100;
/** File descriptors that a process needs for other connections, files and look-ups of names. */
const otherFiles = 500;
const leastConnections = 100;

/**
 * Limits the connections of a server, so that health probes are always served. Beyond the limit, the connections that
 * have been idle for longest are closed, or else the connections that have been sending a request for longest. If there
 * is no such connection, or if the address of a new connection has reached its own limit, the new connection is
 * reserved: it may only ask for health.
 *
 * @param perAddress Infinity for no limit
 * @returns whether a request may be served
 */
export function limitConnections(
  { all, drop, observe }: Connections,
  { connections, perAddress }: { connections: number; perAddress: number },
): (request: IncomingMessage) => boolean {
  const most = Math.min(connections, Math.max(filesAllowed() - otherFiles, leastConnections));
  const reserved = new Set<Connection>();
  /** Counts only connections that are not reserved. */
  const addresses = createAddressCounts(perAddress);

  function closeOldest(newest: Connection): void {
    const oldest = [...all.values()].filter((each) => each !== newest && canClose(each)).sort(byAge);
    for (const connection of oldest.slice(0, Math.max(1, Math.floor(most * shareToClose)))) drop(connection);
  }

  function reserve(connection: Connection): void {
    connection.isReserved = true;
    reserved.add(connection);
    if (reserved.size <= reservedConnections) return;
    const [oldest] = [...reserved].filter(({ unanswered }) => unanswered === 0);
    drop(oldest ?? connection);
  }

  observe({
    opened(connection) {
      // `all` already contains the new connection.
      if (all.size - reserved.size > most) closeOldest(connection);
      const isBeyond = all.size - reserved.size > most;
      if (isBeyond || !addresses.add(connection)) reserve(connection);
    },
    closed(connection) {
      if (!reserved.delete(connection)) addresses.remove(connection);
    },
  });

  return (request) => {
    const connection = reserved.size === 0 ? undefined : all.get(request.socket);
    if (connection?.isReserved !== true || asksForHealth(request)) return true;
    if (all.size - reserved.size >= most || !addresses.add(connection)) return false;
    connection.isReserved = false;
    return reserved.delete(connection);
  };
}

/** Whether a request asks for health or metrics, which a process always answers. */
export function asksForHealth({ url = '' }: Pick<IncomingMessage, 'url'>): boolean {
  return healthPaths.has(url.replace(/\?.*/s, ''));
}

/** Whether a connection has no complete request, so that no client waits for an answer on it. */
function canClose({ unanswered, last, isReserved }: Connection): boolean {
  const isSending = last !== undefined && !last.req.complete && !last.headersSent;
  return !isReserved && (unanswered === 0 || isSending);
}

/** Idle connections come before sending ones. Among each, the connection that was used least recently comes first. */
function byAge(one: Connection, other: Connection): number {
  return Math.min(one.unanswered, 1) - Math.min(other.unanswered, 1) || one.usedAt - other.usedAt;
}

/** Counts connections by address. Without a limit it counts nothing. */
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

/** How many files this process may open; Infinity when the kernel does not publish the limit. */
function filesAllowed(): number {
  try {
    const allowed = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return allowed === undefined ? Infinity : Number(allowed);
  } catch {
    return Infinity;
  }
}
