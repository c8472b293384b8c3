import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connections } from './connections.js';

/** How long an idle connection stays open: a request may be in transit, which would be lost with the connection. */
const idleGraceMs = 1_000;
/** The time to read requests on the connections that were accepted last. */
const unreadGraceMs = 100;
/** An iteration of the event loop that is shorter than this has accepted all pending connections. */
const quietMs = 0.2;
const quietTries = 500;

/**
 * Call it before the server listens.
 *
 * @returns a function that drains the server: it answers requests for one more second and closes their connections,
 *   then accepts no more. When `cut` is aborted, the requests that are still in progress are destroyed
 */
export function createDrain(server: Server, { all, observe }: Connections): (cut: AbortSignal) => Promise<void> {
  let isDraining = false;

  observe({
    requested(response) {
      if (isDraining) announceClose(response);
    },
    idle({ socket }) {
      if (isDraining) socket.destroySoon();
    },
  });

  return async (cut) => {
    isDraining = true;
    for (const { last } of all.values()) if (last) announceClose(last);
    if (all.size > 0) await sleep(idleGraceMs, undefined, { signal: cut }).catch(() => undefined);
    await acceptPending();
    // Only the listening socket is closed: server.close() would also close connections whose first request is unread.
    const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
    if (all.size > 0) await sleep(unreadGraceMs, undefined, { signal: cut }).catch(() => undefined);
    for (const { socket, unanswered } of all.values()) if (unanswered === 0) socket.destroy();
    const destroyAll = () => server.closeAllConnections();
    if (cut.aborted) destroyAll();
    cut.addEventListener('abort', destroyAll);
    await closed;
    cut.removeEventListener('abort', destroyAll);
  };
}

/** Waits until all pending connections are accepted, because closing the listening socket resets the others. */
async function acceptPending(): Promise<void> {
  for (let tries = 0; tries < quietTries; tries += 1) {
    const start = performance.now();
    await new Promise(setImmediate);
    if (performance.now() - start < quietMs) return;
  }
}

function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
