import { setTimeout as sleep } from 'node:timers/promises';
import type { Hold } from '../broker.js';
import type { Survivals } from './survivals.js';
import type { Verdict } from './work.js';

/** What ends a worker does so soon. The next one begins then, however long the receiver of this one takes. */
const trialMs = 1_000;
/** So that what came with it is judged, noted and published anew before it may end the worker. */
const quietMs = 1_000;

/**
 * Begins messages that may have ended workers one at a time, so that each death is charged to one of them: those that wait are noted as
 * outliving the return that it would be for them.
 */
export function createTrials(survivals: Survivals) {
  let last = Promise.resolve();

  /** @returns a turn, and what ends it */
  function takeTurn(): { readonly turn: Promise<void>; readonly end: () => void } {
    const turn = last;
    let end: () => void = () => undefined;
    last = new Promise((resolve) => (end = resolve));
    return { turn, end };
  }

  return async (key: string, { isOurs }: Pick<Hold, 'isOurs'>, work: () => Promise<Verdict>): Promise<Verdict> => {
    const { turn, end } = takeTurn();
    survivals.note([key]);
    await Promise.all([turn, sleep(quietMs)]);
    // Known everywhere before it begins, or the death would not count.
    await survivals.takeBack(key);
    if (!isOurs()) {
      end();
      return 'release';
    }
    const timer = setTimeout(end, trialMs);
    const verdict = await work();
    clearTimeout(timer);
    end();
    return verdict;
  };
}
