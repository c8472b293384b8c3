import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request may be on its way on a connection that looks idle: one cut off now would be lost to a publisher. */
const idleGraceMs = 1_000;
/** For requests on connections that were accepted last and are not read yet. */
const unreadGraceMs = 100;
const quietMs = 0.2;
const quietTries = 500;

/** What was asked on one connection. Node answers in the order of the requests, so the last answer is the one to say farewell with. */
interface UnderWay {
  answers: number;
  last: ServerResponse | undefined;
}

/**
 * Knows what is under way on each connection of a server that does not listen yet.
 *
 * @returns ends the server: answers what comes within a second more and closes its connection, then takes no more; what is
 * still under way when `cut` is aborted is destroyed
 */
export function createDrain(server: Server): (cut: AbortSignal) => Promise<void> {
  const underWay = new Map<Socket, UnderWay>();
  let isDraining = false;

  server.on('connection', (socket: Socket) => {
    underWay.set(socket, { answers: 0, last: undefined });
    socket.once('close', () => underWay.delete(socket));
  });
  server.prependListener('request', ({ socket }, response) => {
    const here = underWay.get(socket);
    if (here === undefined) return;
    here.answers += 1;
    here.last = response;
    if (isDraining) sayFarewell(response);
    response.on('close', () => {
      here.answers -= 1;
      if (here.answers > 0) return;
      here.last = undefined;
      if (isDraining) socket.destroySoon();
    });
  });

  return async (cut) => {
    isDraining = true;
    for (const { last } of underWay.values()) if (last) sayFarewell(last);
    if (underWay.size > 0) await sleep(idleGraceMs, undefined, { signal: cut }).catch(() => undefined);
    await quietMoment();
    // Only the listening socket: server.close() would also cut off connections on which nothing was read yet.
    const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
    if (underWay.size > 0) await sleep(unreadGraceMs, undefined, { signal: cut }).catch(() => undefined);
    for (const [socket, { answers }] of underWay) if (answers === 0) socket.destroy();
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
