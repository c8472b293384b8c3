import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connections } from './connections.js';

/** A request may be on its way on a connection that looks idle: one cut off now would be lost to a publisher. */
const idleGraceMs = 1_000;
/** For requests on connections that were accepted last and are not read yet. */
const unreadGraceMs = 100;
const quietMs = 0.2;
const quietTries = 500;

/**
 * Knows what is under way on each connection of a server that does not listen yet.
 *
 * @returns ends the server: answers what comes within a second more and closes its connection, then takes no more; what is
 * still under way when `cut` is aborted is destroyed
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
    // Only the listening socket: server.close() would also cut off connections on which nothing was read yet.
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
 * Connections that wait to be accepted are reset when the listening socket closes. Resolves after an iteration of the event
 * loop that had next to nothing to do, and so has just accepted them all.
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
