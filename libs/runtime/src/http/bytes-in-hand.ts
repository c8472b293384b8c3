import { getHeapStatistics } from 'node:v8';

/** The bytes of one request: of its body while that is read and processed, and of its answer until that is sent. */
export interface Holding {
  bytes: number;
  /** Set while the process waits for the client. Undefined during processing, which ends by itself. */
  cut: (() => void) | undefined;
  /** When the wait began, in milliseconds of `now`, like all times here. */
  since: number;
  /** Recent bytes as of `paceAt`, each weighted less the older it is. */
  recentBytes: number;
  paceAt: number;
}

export type BytesInHand = ReturnType<typeof createBytesInHand>;

/** A small share, because the bytes in hand are copied: a body, its events, what the broker's socket has not taken. */
const shareOfHeap = 1 / 8;
const defaultMostBytes = 128 * 1024 * 1024;
/** Room for three bodies of 5 MiB. */
export const leastBytesInHand = 16 * 1024 * 1024;

/** Requests that hold no more than this are cut last, and have `shareForSmall` of the limit for themselves. */
const smallBytes = 64 * 1024;
const shareForSmall = 1 / 8;
/** Share of the limit that is freed at once, so that the slowest requests are not searched for every few bytes. */
const shareToFree = 1 / 16;
/** Over how much time the pace of a client is averaged. */
const paceMs = 1_000;
const youngestMs = 10;

/** An eighth of the memory that the process may use, between 16 MiB and 128 MiB. */
export function defaultBytesInHand(): number {
  const ofProcess = Math.min(getHeapStatistics().heap_size_limit, process.constrainedMemory() || Infinity);
  return Math.max(leastBytesInHand, Math.min(defaultMostBytes, Math.floor(ofProcess * shareOfHeap)));
}

/**
 * Limits the bytes that all requests of a process have in hand. At the limit, the slowest senders and readers are cut
 * until there is room, those with few bytes last. The newcomer is refused only when all other requests are being
 * processed.
 */
export function createBytesInHand(options: { limit: number; now?: () => number }) {
  const { limit, now = () => performance.now() } = options;
  const limitForLarge = limit * (1 - shareForSmall);
  /** Requests that can be cut. A body that arrives in one piece is never among them. */
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

    /** @returns false when there is no room; all bytes of the holding are then released */
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

    /** Marks that the process waits for the client, which is cut when it is among the slowest. */
    waitFor(holding: Holding, cut: () => void): void {
      const at = now();
      holding.cut = cut;
      holding.since = at;
      holding.paceAt = at;
      holding.recentBytes = holding.bytes;
      waitedFor.add(holding);
    },

    /** Marks that the client has done its part. */
    resume(holding: Holding): void {
      holding.cut = undefined;
      waitedFor.delete(holding);
    },

    /** Releases all bytes of a holding. */
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

/** Bytes per millisecond: the average since the wait began, or over about the last second of a longer wait. */
function paceOf({ recentBytes, paceAt, since }: Holding, at: number): number {
  const age = Math.max(at - since, youngestMs);
  return (recentBytes * Math.exp((paceAt - at) / paceMs)) / (paceMs * (1 - Math.exp(-age / paceMs)));
}
