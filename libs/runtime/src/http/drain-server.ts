import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connections } from './connections.js';

/**
 * A request may be in transit on a connection that looks idle. If the connection were cut off now, the publisher would
 * lose the request.
 */
const idleGraceMs = 1_000;
/** Time to read requests on connections that were accepted last. */
const unreadGraceMs = 100;
const quietMs = 0.2;
const quietTries = 500;

/**
 * Follows the requests on each connection of a server that does not listen yet.
 *
 * @returns a function that drains the server: it answers requests for one more second and closes their connections,
 *   then accepts no more. Requests still under way when `cut` is aborted are destroyed
 */
export function createDrain(server: Server, { all, observe }: Connections): (cut: AbortSignal) => Promise<void> {
  let isDraining = false;

  observe({
    asked(response) {
      if (isDraining) sayFarewell(response);
    },
    idle({ socket }) {
      if (isDraining) socket.destroySoon();
    },
  });

  return async (cut) => {
    isDraining = true;
    for (const { last } of all.values()) if (last) sayFarewell(last);
    if (all.size > 0) await sleep(idleGraceMs, undefined, { signal: cut }).catch(() => undefined);
    await quietMoment();
    // Closes only the listening socket: server.close() would also cut off connections on which nothing was read yet.
    const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
    if (all.size > 0) await sleep(unreadGraceMs, undefined, { signal: cut }).catch(() => undefined);
    for (const { socket, answers } of all.values()) if (answers === 0) socket.destroy();
    const destroyAll = () => server.closeAllConnections();
    if (cut.aborted) destroyAll();
    cut.addEventListener('abort', destroyAll);
    await closed;
    cut.removeEventListener('abort', destroyAll);
  };
}

/**
 * Waits until all pending connections are accepted, because closing the listening socket resets those that are not.
 * Resolves after a nearly idle iteration of the event loop, which has just accepted them all.
 */
async function quietMoment(): Promise<void> {
  for (let tries = 0; tries < quietTries; tries += 1) {
    const start = performance.now();
    await new Promise(setImmediate);
    if (performance.now() - start < quietMs) return;
  }
}

function sayFarewell(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
