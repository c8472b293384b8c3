/** @returns the ids of the first rows that fit; at least one */
export function withinBytes(rows: readonly { id: number; bytes: number }[], most: number): number[] {
  let bytes = 0;
  return rows.filter((row, place) => (bytes += row.bytes) <= most || place === 0).map(({ id }) => id);
}
