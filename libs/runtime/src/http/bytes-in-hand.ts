import { getHeapStatistics } from 'node:v8';

/** The bytes of one request: of its body while that is read and worked on, and of its answer until it has gone out. */
export interface Holding {
  bytes: number;
  /** Set while the other side is waited for, undefined while the bytes are worked on, which ends by itself. */
  cut: (() => void) | undefined;
  /** When the wait began, in milliseconds of `now`, as all times here. */
  since: number;
  /** Bytes of late, each counting the less the older it is, as of `paceAt`. */
  recentBytes: number;
  paceAt: number;
}

export type BytesInHand = ReturnType<typeof createBytesInHand>;

/** Copies are made of what is in hand: a body, its events, what the broker's socket has not taken. */
const shareOfHeap = 1 / 8;
const defaultMostBytes = 128 * 1024 * 1024;
/** Three bodies of 5 MiB. */
export const leastBytesInHand = 16 * 1024 * 1024;

/** Holders of less are cut last, and have a part of the room for themselves. */
const smallBytes = 64 * 1024;
const shareForSmall = 1 / 8;
/** The part of the bound that is freed at once, so that the slowest bodies are not looked for with every few bytes. */
const shareToFree = 1 / 16;
/** How long what has come counts for the pace of a sender. */
const paceMs = 1_000;
const youngestMs = 10;

/** An eighth of what the process may use, at most 128 MiB. */
export function defaultBytesInHand(): number {
  const ofProcess = Math.min(getHeapStatistics().heap_size_limit, process.constrainedMemory() || Infinity);
  return Math.max(leastBytesInHand, Math.min(defaultMostBytes, Math.floor(ofProcess * shareOfHeap)));
}

/**
 * A bound on the bytes of all requests that a process has in hand. When it is reached, those who send or read slowest are cut
 * until there is room; who holds little is cut last. Only when all else is being worked on is the newcomer refused.
 */
export function createBytesInHand(options: { limit: number; now?: () => number }) {
  const { limit, now = () => performance.now() } = options;
  const limitForLarge = limit * (1 - shareForSmall);
  /** Bodies that can be cut off. A body that comes in one piece is never among them. */
  const waitedFor = new Set<Holding>();
  let total = 0;
  let cuts = 0;

  const boundFor = (holding: Holding) => (holding.bytes > smallBytes ? limitForLarge : limit);

  function makeRoom(bound: number): void {
    const at = now();
    const paces = Array.from(waitedFor, (holding) => ({ holding, pace: paceOf(holding, at) }));
    const isSmall = ({ bytes }: Holding) => (bytes > smallBytes ? 0 : 1);
    paces.sort((one, other) => isSmall(one.holding) - isSmall(other.holding) || one.pace - other.pace);
    for (const { holding } of paces) {
      if (total <= bound - limit * shareToFree) return;
      const { cut } = holding;
      cuts += 1;
      release(holding);
      cut?.();
    }
  }

  function release(holding: Holding): void {
    total -= holding.bytes;
    holding.bytes = 0;
    waitedFor.delete(holding);
  }

  return {
    open: (): Holding => ({ bytes: 0, cut: undefined, since: 0, recentBytes: 0, paceAt: 0 }),

    /** @returns false when there is no room: what was held is given up */
    grow(holding: Holding, bytes: number): boolean {
      holding.bytes += bytes;
      total += bytes;
      if (holding.cut !== undefined) notePace(holding, bytes, now());
      if (total <= boundFor(holding)) return true;
      makeRoom(boundFor(holding));
      const isCut = holding.bytes === 0;
      if (!isCut && total > boundFor(holding)) {
        cuts += 1;
        release(holding);
      }
      return holding.bytes > 0;
    },

    /** From here on the other side is waited for, and is cut when it is among the slowest. */
    waitFor(holding: Holding, cut: () => void): void {
      const at = now();
      holding.cut = cut;
      holding.since = at;
      holding.paceAt = at;
      holding.recentBytes = holding.bytes;
      waitedFor.add(holding);
    },

    /** The other side has done its part. */
    resume(holding: Holding): void {
      holding.cut = undefined;
      waitedFor.delete(holding);
    },

    /** Gives back all that is held. */
    release,
    limit,
    bytes: () => total,
    /** How many requests were cut or refused for lack of room. */
    cuts: () => cuts,
  };
}

function notePace(held: Holding, bytes: number, at: number): void {
  held.recentBytes = held.recentBytes * Math.exp((held.paceAt - at) / paceMs) + bytes;
  held.paceAt = at;
}

/** Bytes per millisecond: the average of one who has just begun, else that of the last second or so. */
function paceOf({ recentBytes, paceAt, since }: Holding, at: number): number {
  const age = Math.max(at - since, youngestMs);
  return (recentBytes * Math.exp((paceAt - at) / paceMs)) / (paceMs * (1 - Math.exp(-age / paceMs)));
}
