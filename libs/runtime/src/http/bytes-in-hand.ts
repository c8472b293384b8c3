import { getHeapStatistics } from 'node:v8';

/** The bytes in hand of one request: its body while it is read and processed, then its answer until it is sent. */
export interface Holding {
  bytes: number;
  /** Ends the request. Set while the process waits for the client; undefined during processing, which ends by itself. */
  cut: (() => void) | undefined;
  /** The beginning of the wait, in milliseconds of `now`, as all times here. */
  since: number;
  /** The recent bytes at the time `paceAt`. Older bytes have less weight. */
  recentBytes: number;
  paceAt: number;
}

export type BytesInHand = ReturnType<typeof createBytesInHand>;

/** A small share, because the bytes in hand have copies: the events of a body, and the unsent bytes of the broker's socket. */
const shareOfHeap = 1 / 8;
const defaultMostBytes = 128 * 1024 * 1024;
/** Three bodies of 5 MiB fit into this limit. */
export const leastBytesInHand = 16 * 1024 * 1024;

/** Requests up to this size are cut last, and `shareForSmall` of the limit is kept for them. */
const smallBytes = 64 * 1024;
const shareForSmall = 1 / 8;
/** The share of the limit that is freed at once, so that the slowest requests are not searched for every few bytes. */
const shareToFree = 1 / 16;
/** The time over which the pace of a client is averaged. */
const paceMs = 1_000;
/** The shortest wait for which a pace is computed. */
const shortestWaitMs = 10;

/** An eighth of the memory that the process may use, but at least 16 MiB and at most 128 MiB. */
export function defaultBytesInHand(): number {
  const ofProcess = Math.min(getHeapStatistics().heap_size_limit, process.constrainedMemory() || Infinity);
  return Math.max(leastBytesInHand, Math.min(defaultMostBytes, Math.floor(ofProcess * shareOfHeap)));
}

/**
 * Limits the bytes in hand of all requests of a process. At the limit, the requests of the slowest clients are cut until
 * the bytes are below it, small requests last. A new request is refused only when all other requests are being processed.
 */
export function createBytesInHand(options: { limit: number; now?: () => number }) {
  const { limit, now = () => performance.now() } = options;
  const limitForLarge = limit * (1 - shareForSmall);
  /** The requests that can be cut. A request whose body arrives in one piece is never among them. */
  const waitedFor = new Set<Holding>();
  let total = 0;
  let cuts = 0;

  const boundFor = (holding: Holding) => (holding.bytes > smallBytes ? limitForLarge : limit);

  function cutSlowest(bound: number): void {
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

    /** @returns false when the request is cut or refused; all its bytes are then released */
    grow(holding: Holding, bytes: number): boolean {
      holding.bytes += bytes;
      total += bytes;
      if (holding.cut !== undefined) notePace(holding, bytes, now());
      if (total <= boundFor(holding)) return true;
      cutSlowest(boundFor(holding));
      const isCut = holding.bytes === 0;
      if (!isCut && total > boundFor(holding)) {
        cuts += 1;
        release(holding);
      }
      return holding.bytes > 0;
    },

    /** Marks that the process waits for the client. From now on the request can be cut. */
    waitFor(holding: Holding, cut: () => void): void {
      const at = now();
      holding.cut = cut;
      holding.since = at;
      holding.paceAt = at;
      holding.recentBytes = holding.bytes;
      waitedFor.add(holding);
    },

    /** Marks that the client has sent or read all bytes. */
    resume(holding: Holding): void {
      holding.cut = undefined;
      waitedFor.delete(holding);
    },

    /** Releases all bytes of a request. */
    release,
    limit,
    bytes: () => total,
    /** How many requests were cut or refused at the limit. */
    cuts: () => cuts,
  };
}

function notePace(holding: Holding, bytes: number, at: number): void {
  holding.recentBytes = holding.recentBytes * Math.exp((holding.paceAt - at) / paceMs) + bytes;
  holding.paceAt = at;
}

/** The average bytes per millisecond since the wait began, or over about the last second of a longer wait. */
function paceOf({ recentBytes, paceAt, since }: Holding, at: number): number {
  const age = Math.max(at - since, shortestWaitMs);
  return (recentBytes * Math.exp((paceAt - at) / paceMs)) / (paceMs * (1 - Math.exp(-age / paceMs)));
}
