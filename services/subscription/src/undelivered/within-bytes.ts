/** @returns the ids of the first rows that fit; at least one */
export function withinBytes(rows: readonly { id: number; bytes: number }[], maxBytes: number): number[] {
  let bytes = 0;
  return rows.filter((row, index) => (bytes += row.bytes) <= maxBytes || index === 0).map(({ id }) => id);
}
