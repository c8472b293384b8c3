/** The longest time between two events of a kind, in milliseconds. */
export function createLongestPause() {
  let last = performance.now();
  let longestMs = 0;

  return {
    note(): void {
      const now = performance.now();
      longestMs = Math.max(longestMs, now - last);
      last = now;
    },
    /** @returns the longest since the last call, with the one that goes on */
    take(): number {
      this.note();
      const taken = longestMs;
      longestMs = 0;
      return taken;
    },
  };
}
