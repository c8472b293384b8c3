import { createReadingTurns, type ReadingTurns } from './reading-turns.js';

const perAccount = 4;
const waitingPerAccount = 100;

/**
 * Bounds the calls of an account that are read and worked on at once, so that they leave event loop time, database
 * connections and memory to other accounts.
 */
export function createCallTurns(): Pick<ReadingTurns, 'enter'> {
  const unlimited = { atOnce: Infinity, aheadMs: Infinity, msPerS: 0, freeMs: 0 };
  return createReadingTurns({
    now: () => performance.now(),
    limits: { ...unlimited, perAccount, waitingPerAccount },
    what: 'call.count',
  });
}
