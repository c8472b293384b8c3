/** Holds a bounded number of events. Further events wait outside in FIFO order. */
export function createRoom(most: number) {
  const outside: (() => void)[] = [];
  const watchers: (() => void)[] = [];
  let inside = 0;

  return {
    async enter(): Promise<void> {
      if (inside < most) inside += 1;
      else await new Promise<void>((resolve) => outside.push(resolve));
    },
    leave(): void {
      const next = outside.shift();
      if (next !== undefined) next();
      else inside -= 1;
      if (inside === 0) for (const resolve of watchers.splice(0)) resolve();
    },
    /** Resolves when nothing is inside or outside. */
    async empty(): Promise<void> {
      if (inside > 0) await new Promise<void>((resolve) => watchers.push(resolve));
    },
  };
}
