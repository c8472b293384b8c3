const offsetUs = Number(process.hrtime.bigint() / 1_000n) - performance.now() * 1_000;

/** Microseconds of the machine's monotonic clock, the same in every process. */
export function nowUs(): number {
  return Math.floor(performance.now() * 1_000 + offsetUs);
}
