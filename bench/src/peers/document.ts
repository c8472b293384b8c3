import { format } from 'prettier';
import type { Column } from './column.js';

const labelStart = 'Callbus now: ';

/**
 * Puts a column in place of the last one of the table, and the label in place of the line that begins with
 * "Callbus now:".
 *
 * @throws when the document has no such line, or no row for a cell
 */
export function fillColumn(document: string, column: Column, label: string): Promise<string> {
  const missing = new Set([labelStart, ...Object.keys(column)]);
  const lines = document.split('\n').map((line) => {
    if (line.startsWith(labelStart)) {
      missing.delete(labelStart);
      return labelStart + label;
    }
    const cells = line.split('|');
    const name = cells[1]?.trim() ?? '';
    const text = column[name];
    if (text === undefined) return line;
    missing.delete(name);
    return [...cells.slice(0, -2), ` ${text} `, ''].join('|');
  });
  if (missing.size > 0) throw new Error(`the document has no ${[...missing].join(', no ')}`);
  return format(lines.join('\n'), { parser: 'markdown', printWidth: 120 });
}
