/** Measures the longest time between two calls of `note`, in milliseconds. */
export function createLongestPause() {
  let last = performance.now();
  let longestMs = 0;

  return {
    note(): void {
      const now = performance.now();
      longestMs = Math.max(longestMs, now - last);
      last = now;
    },
    /** @returns the longest pause since the last call, including the current one */
    take(): number {
      this.note();
      const taken = longestMs;
      longestMs = 0;
      return taken;
    },
  };
}
