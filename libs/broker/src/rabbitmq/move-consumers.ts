import type { Attachment, createConsuming } from './consuming.js';

type Consuming = Awaited<ReturnType<typeof createConsuming>>;

/** What takes messages from one connection, or for a while from another. */
export interface Movable extends Attachment {
  /** Takes no more from the session that it is attached to. */
  detach(): Promise<void>;
}

interface Place {
  readonly home: Consuming;
  at: Consuming;
}

const lookMs = 500;
/** Longer than a connection takes that is lost and comes back. */
const patienceMs = 2_000;

/**
 * Moves the consumers of a connection that is not at work to one that is, and back when theirs is. A connection that is lost to a
 * node that hangs comes back on another, but hears of no changes before the cluster has given the node up: it
 * cannot declare a queue until then.
 */
export function createMoves(connections: readonly Consuming[]) {
  const places = new Map<Movable, Place>();
  /** Of the connections that are not at work. */
  const since = new Map<Consuming, number>();
  let moving: Promise<void> | undefined;
  const timer = setInterval(() => void (moving ??= look().finally(() => (moving = undefined))), lookMs).unref();

  async function look(): Promise<void> {
    const now = performance.now();
    for (const connection of connections) {
      if (connection.isAtWork()) since.delete(connection);
      else if (!since.has(connection)) since.set(connection, now);
    }
    for (const [consumer, place] of places) {
      const to = place.home.isAtWork() ? place.home : better(place.at, now);
      if (to !== place.at) await move(consumer, place, to);
    }
  }

  function better(at: Consuming, now: number): Consuming {
    if (now - (since.get(at) ?? now) < patienceMs) return at;
    return connections.find((connection) => connection.isAtWork()) ?? at;
  }

  async function move(consumer: Movable, place: Place, to: Consuming): Promise<void> {
    place.at.release(consumer);
    await consumer.detach();
    if (!places.has(consumer)) return;
    place.at = to;
    to.adopt(consumer);
  }

  return {
    /** For a consumer that is at work. */
    add: (consumer: Movable, home: Consuming) => void places.set(consumer, { home, at: home }),
    remove(consumer: Movable): void {
      places.get(consumer)?.at.release(consumer);
      places.delete(consumer);
    },
    stop: () => clearInterval(timer),
  };
}
