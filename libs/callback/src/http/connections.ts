import type { Socket } from 'node:net';
import type { Connect, Target } from './connect.js';

/** Handles the events of a connection while it uses the connection for a request. */
export interface ConnectionUser {
  onData(chunk: Buffer): void;
  /** The connection is closed; no more data follows. */
  onLost(error: Error | undefined): void;
}

export interface Connection {
  /** Whether the connection has carried an earlier request. */
  readonly isReused: boolean;
  send(head: string, body: Buffer): void;
  /**
   * Ends the use.
   *
   * @param kept undefined when the connection cannot be kept; `hint` is the receiver's `Keep-Alive`
   */
  release(kept: { readonly hint: string | undefined } | undefined): void;
}

export interface ConnectionsOptions {
  readonly connect: Connect;
  /**
   * Age at which even a busy connection is closed, so that the name of a receiver that has moved is looked up again.
   */
  readonly maxAgeMs: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

export interface Connections {
  /** Takes the idle connection that was used last. */
  take(origin: string, user: ConnectionUser): Connection | undefined;
  /** @returns a function that cancels connecting */
  open(
    origin: string,
    target: Target,
    user: ConnectionUser,
    callback: (error: Error | null, connection?: Connection) => void,
  ): () => void;
  close(): void;
}

/** Idle time of a connection without the receiver's hint: shorter than in common servers (gunicorn 2 s, node 5 s). */
const keepAliveMs = 1_500;
const longestKeepAliveMs = 60_000;
/**
 * A connection is closed this long before the receiver's own time-out: a busy worker notices late that the receiver has
 * closed it.
 */
const keepAliveMarginMs = 3_000;
const sweepMs = 1_000;

interface Kept extends Connection {
  user: ConnectionUser | undefined;
  readonly bornMs: number;
  idleUntilMs: number;
  readonly socket: Socket;
}

/**
 * Keeps connections by origin, with one request at a time on each: a request that hangs must not hold up the next one
 * to the same receiver.
 */
export function createConnections({ connect, maxAgeMs, now }: ConnectionsOptions): Connections {
  const idle = new Map<string, Kept[]>();
  let sweeping: NodeJS.Timeout | undefined;
  let isClosed = false;

  const isOver = (kept: Kept, nowMs: number) => nowMs >= kept.idleUntilMs || nowMs - kept.bornMs >= maxAgeMs;

  function forget(origin: string, kept: Kept): void {
    const others = idle.get(origin)?.filter((each) => each !== kept);
    if (others === undefined) return;
    if (others.length > 0) idle.set(origin, others);
    else idle.delete(origin);
  }

  function keep(origin: string, kept: Kept): void {
    const stack = idle.get(origin);
    if (stack === undefined) idle.set(origin, [kept]);
    else stack.push(kept);
    sweeping ??= setInterval(sweep, sweepMs).unref();
  }

  function sweep(): void {
    const nowMs = now();
    for (const stack of [...idle.values()])
      for (const each of [...stack]) if (isOver(each, nowMs)) each.socket.destroy();
    if (idle.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  function serve(origin: string, socket: Socket, first: ConnectionUser): Kept {
    let uses = 0;
    const kept: Kept = {
      socket,
      user: first,
      bornMs: now(),
      idleUntilMs: 0,
      get isReused() {
        return uses > 1;
      },
      send(head, body) {
        uses += 1;
        socket.cork();
        socket.write(head, 'latin1');
        if (body.length > 0) socket.write(body);
        socket.uncork();
      },
      release(how) {
        kept.user = undefined;
        const keptMs = how === undefined || isClosed || socket.writableLength > 0 ? 0 : keepAliveBy(how.hint);
        kept.idleUntilMs = now() + keptMs;
        if (keptMs > 0 && !socket.destroyed) keep(origin, kept);
        else socket.destroy();
      },
    };
    let failure: Error | undefined;
    socket.on('data', (chunk: Buffer) => {
      // Unsolicited data would be taken for the next answer.
      if (kept.user === undefined) socket.destroy();
      else kept.user.onData(chunk);
    });
    socket.on('error', (error) => (failure = error));
    // A half-closed connection counts as lost: the receiver answers nothing that is written from now on.
    socket.on('end', () => lose());
    socket.on('close', () => lose());

    function lose(): void {
      const { user } = kept;
      kept.user = undefined;
      if (user === undefined) forget(origin, kept);
      socket.destroy();
      user?.onLost(failure);
    }
    return kept;
  }

  return {
    take(origin, user) {
      const stack = idle.get(origin);
      if (stack === undefined) return undefined;
      const nowMs = now();
      for (let kept = stack.pop(); kept !== undefined; kept = stack.pop()) {
        if (stack.length === 0) idle.delete(origin);
        if (kept.socket.destroyed || isOver(kept, nowMs)) {
          kept.socket.destroy();
          continue;
        }
        kept.user = user;
        return kept;
      }
      return undefined;
    },

    open: (origin, target, user, callback) =>
      connect(target, (error, socket) => {
        if (socket === undefined) callback(error);
        else callback(null, serve(origin, socket, user));
      }),

    close() {
      isClosed = true;
      clearInterval(sweeping);
      for (const stack of [...idle.values()]) for (const { socket } of [...stack]) socket.destroy();
    },
  };
}

/** @returns milliseconds; 0 or less when the connection is not worth keeping */
function keepAliveBy(hint: string | undefined): number {
  const [, seconds] = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,9})/i.exec(hint ?? '') ?? [];
  if (seconds === undefined) return keepAliveMs;
  return Math.min(Number(seconds) * 1_000 - keepAliveMarginMs, longestKeepAliveMs);
}
