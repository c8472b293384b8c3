import { createReadingTurns, type ReadingTurns } from './reading-turns.js';

const perAccount = 4;
const waitingPerAccount = 100;

/**
 * Whose turn it is to call: of one account few calls at once are read and worked on, so that however many it makes, those of
 * others find room in the event loop, a connection to the database, and memory.
 */
export function createCallTurns(): Pick<ReadingTurns, 'enter'> {
  const unlimited = { atOnce: Infinity, aheadMs: Infinity, msPerS: 0, freeMs: 0 };
  return createReadingTurns({
    now: () => performance.now(),
    limits: { ...unlimited, perAccount, waitingPerAccount },
    what: 'call.count',
  });
}
