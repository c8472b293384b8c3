import { format } from 'prettier';
import type { MeasuredCase } from '../results.js';
import { figuresTable, measuresTable, processesTable } from './tables.js';

/** Puts the figures in place of the template's `{{figures}}` and `{{cases}}`. */
export async function toDocument(template: string, cases: Readonly<Record<string, MeasuredCase>>): Promise<string> {
  const text = template
    .replace('{{figures}}', () => figuresTable(cases))
    .replace('{{cases}}', () => Object.entries(cases).map(toSection).join('\n\n'));
  return format(text, { parser: 'markdown', printWidth: 120 });
}

function toSection([name, { what, variants, measuredAt, tookS, machine }]: [string, MeasuredCase]): string {
  return [
    `### ${name}`,
    what,
    measuresTable(variants),
    'CPU seconds for 1,000 events, and peak memory:',
    processesTable(variants),
    `Measured ${measuredAt.slice(0, 10)} in ${Math.round(tookS)} s on ${machine}.`,
  ].join('\n\n');
}
