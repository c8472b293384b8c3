/** The size of the page that a worker asks for: smaller after a page that failed, larger after one that succeeded. */
export interface PageSize {
  rows(): number;
  bytes(): number;
  /** @returns false when a page cannot be smaller */
  shrink(): boolean;
  noteSuccess(): void;
}

const most = { rows: 1_000, bytes: 4 * 1024 * 1024 };
/** The smallest part of a full page: one row. */
const smallestPart = 1 / most.rows;

export function createPageSize(): PageSize {
  let part = 1;
  return {
    rows: () => Math.max(1, Math.floor(most.rows * part)),
    bytes: () => Math.max(1, Math.floor(most.bytes * part)),
    shrink() {
      if (part <= smallestPart) return false;
      part = Math.max(part / 4, smallestPart);
      return true;
    },
    noteSuccess() {
      part = Math.min(part * 2, 1);
    },
  };
}
