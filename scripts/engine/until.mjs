import { setTimeout as sleep } from 'node:timers/promises';
import { stopSignal } from './run.mjs';

/** Waits until a condition holds. @throws with the last failure of the condition when that takes too long */
export async function until(condition, { what, timeoutMs = 60_000, everyMs = 500 }) {
  const end = performance.now() + timeoutMs;
  let cause;
  for (;;) {
    stopSignal.throwIfAborted();
    const holds = await Promise.resolve()
      .then(condition)
      .catch((error) => {
        cause = error;
        return false;
      });
    if (holds) return;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs / 1_000} s for ${what}`, { cause });
    await sleep(everyMs);
  }
}
