import { createReadingTurns, type ReadingTurns } from './reading-turns.js';

const perAccount = 4;
const waitingPerAccount = 100;

/**
 * Limits how many calls of an account run at once, so that event loop time, database connections and memory are left for
 * other accounts.
 */
export function createCallTurns(): Pick<ReadingTurns, 'enter'> {
  const unlimited = { atOnce: Infinity, aheadMs: Infinity, msPerS: 0, freeMs: 0 };
  return createReadingTurns({
    now: () => performance.now(),
    limits: { ...unlimited, perAccount, waitingPerAccount },
    limited: 'call.count',
  });
}
