/** Taken from the closest of many pairs of readings, because an interruption within a pair would falsify all times. */
const offsetUs = (() => {
  let closest = { gapMs: Infinity, offsetUs: 0 };
  for (let reading = 0; reading < 1_000; reading += 1) {
    const before = performance.now();
    const us = Number(process.hrtime.bigint() / 1_000n);
    const gapMs = performance.now() - before;
    if (gapMs < closest.gapMs) closest = { gapMs, offsetUs: us - (before + gapMs / 2) * 1_000 };
  }
  return closest.offsetUs;
})();

/** Microseconds of the machine's monotonic clock, the same in every process. */
export function nowUs(): number {
  return usOf(performance.now());
}

/** @param ms milliseconds of `performance.now()` in this process. @returns microseconds of the machine's monotonic clock */
export function usOf(ms: number): number {
  return Math.floor(ms * 1_000 + offsetUs);
}
