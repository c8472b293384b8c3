/** Lines of a table whose columns are aligned. Escape codes of colours take no room. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))));
  return rows.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
const widthOf = (cell: string) => Array.from(cell.replace(escapes, '')).length;

/** A table with a line of titles, or one line that says that there is nothing. */
export function list(titles: readonly string[], rows: readonly (readonly string[])[], nothing: string): string[] {
  return rows.length === 0 ? [nothing] : table([titles, ...rows]);
}

/** Names and values below each other. */
export function details(values: Readonly<Record<string, unknown>>): string[] {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return table(given.map(([name, value]) => [name, textOf(value)]));
}

export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The first line of a text, cut so that a row stays one line. */
export function short(text: string, most = 60): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
