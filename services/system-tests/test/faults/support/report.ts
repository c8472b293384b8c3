import { appendFileSync } from 'node:fs';
import type { Count } from './ledger.js';

/** Prints the line of a drill, and passes it to the reporter, which prints a table at the end of the run. */
export function report(drill: string, count: Count, more: Readonly<Record<string, number | string>> = {}): void {
  const { accepted, delivered, duplicate, lost } = count;
  const figures = { accepted, delivered, duplicate, lost };
  const notes = Object.entries(more).map(([name, value]) => `${name} ${value}`);
  const line = [...Object.entries(figures).map(([name, value]) => `${name} ${value}`), ...notes].join(', ');
  process.stderr.write(`drill ${drill}: ${line}\n`);

  const file = process.env['CALLBUS_DRILL_REPORT'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ drill, ...figures, notes: notes.join(', ') })}\n`);
}
