import { setTimeout as sleep } from 'node:timers/promises';
import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';
import type { Hold } from '../broker.js';
import type { Survivals } from './survivals.js';
import type { Verdict } from './work.js';

/** A trial delays the next one for at most this long, however long its receiver takes. A message that crashes its worker does so sooner. */
const trialMs = 1_000;
/** The pause before a trial. It gives time to judge, record and publish again the messages that returned together. */
const quietMs = 1_000;

/**
 * Begins suspect messages one at a time, so that each death is charged to one message. A message is suspect when it may have crashed its
 * workers. While it waits for its trial, its next return is recorded as survived in advance.
 */
export function createTrials(survivals: Survivals) {
  const inTurn = limitConcurrency(1);

  return async (key: string, { isOurs }: Pick<Hold, 'isOurs'>, work: () => Promise<Verdict>): Promise<Verdict> => {
    survivals.note([key]);
    const quiet = sleep(quietMs);
    const { verdict } = await inTurn(async () => {
      await quiet;
      // The trial begins only when all processes know that the survival is taken back. Otherwise a death would not count.
      await survivals.takeBack(key);
      const verdict = isOurs() ? work() : Promise.resolve<Verdict>('release');
      await Promise.race([verdict, sleep(trialMs, undefined, { ref: false })]);
      // In an object, because the turn would last until the end of the work if the promise itself were returned.
      return { verdict };
    });
    return verdict;
  };
}
