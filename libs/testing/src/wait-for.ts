import { setTimeout as sleep } from 'node:timers/promises';

const pauseMs = 10;

/**
 * Polls until the condition holds. A condition that throws does not hold yet.
 *
 * @param condition holds as soon as it returns a truthy value
 * @returns the value of the condition
 * @throws when the condition does not hold in time, with its last error as the cause
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: { what: string; timeoutMs?: number },
): Promise<NonNullable<T>> {
  const { what, timeoutMs = 10_000 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause });
    await sleep(pauseMs);
  }
}
