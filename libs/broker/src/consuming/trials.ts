import { setTimeout as sleep } from 'node:timers/promises';
import type { Hold } from '../broker.js';
import type { Survivals } from './survivals.js';
import type { Verdict } from './work.js';

/** The longest time that a trial delays the next one, whatever its receiver takes. A message that crashes its worker does so sooner. */
const trialMs = 1_000;
/** The pause before a trial. It gives time to judge, record and publish anew the messages that came back together. */
const quietMs = 1_000;

/**
 * Begins messages that may have crashed workers one at a time, so that each death is charged to one message. While a message waits for
 * its trial, its next return is recorded as survived in advance.
 */
export function createTrials(survivals: Survivals) {
  let last = Promise.resolve();

  /** @returns a turn, and the function that ends it */
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
    // All processes have to know that the survival is taken back before the trial begins, otherwise a death would not count.
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
