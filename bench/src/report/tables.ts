import { isMet, type Figure } from '../case.js';
import type { MeasuredCase } from '../results.js';
import { formatNumber, type Variant } from '../runs.js';

type Cases = Readonly<Record<string, MeasuredCase>>;
type Row = readonly string[];

/** A table for a terminal and for Markdown. */
export function toTable(head: Row, rows: readonly Row[]): string {
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)));
  const line = (row: Row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** A table of the figures and their targets. */
export function figuresTable(cases: Cases): string {
  const rows = Object.values(cases).flatMap(({ figures }) =>
    figures.map((figure) => [figure.name, withUnit(figure.value, figure), targetOf(figure), verdictOf(figure)]),
  );
  return toTable(['figure', 'measured', 'target', ''], rows);
}

function targetOf(figure: Figure): string {
  if (figure.atLeast !== undefined) return `at least ${withUnit(figure.atLeast, figure)}`;
  return figure.atMost === undefined ? '' : `at most ${withUnit(figure.atMost, figure)}`;
}

function withUnit(value: number, { unit }: Figure): string {
  return unit === undefined ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}

function verdictOf(figure: Figure): string {
  if (figure.atLeast === undefined && figure.atMost === undefined) return '';
  return isMet(figure) ? 'met' : 'short';
}

/** Every measure of every variant. The ratio is that to the floor, or to the first variant where there is no floor. */
export function measuresTable(variants: readonly Variant[]): string {
  const rows = variants.flatMap(({ name, values, lost, repeated, failed }) =>
    Object.entries(values).map(([measure, { median, min, max, runs }]) => {
      const base = referenceOf(name, variants)?.values[measure]?.median;
      return [
        name,
        measure,
        formatNumber(median),
        formatNumber(min),
        formatNumber(max),
        base === undefined ? '' : formatNumber(median / base),
        String(runs.length),
        `${lost} / ${repeated} / ${failed}`,
      ];
    }),
  );
  const ratio = variants.some(({ name }) => name.startsWith('floor'))
    ? '/ floor'
    : `/ ${variants[0]?.name.split(', ')[0] ?? ''}`;
  return toTable(['', 'measure', 'median', 'min', 'max', ratio, 'runs', 'lost / repeated / not accepted'], rows);
}

/** The floor for the same work, or else the first floor; without a floor, the first variant of this work. */
function referenceOf(name: string, variants: readonly Variant[]): Variant | undefined {
  const workOf = (variant: string) => variant.split(', ').slice(1).join(', ');
  const isSameWork = (variant: Variant) => workOf(variant.name) === workOf(name);
  const floors = variants.filter((variant) => variant.name.startsWith('floor'));
  return floors.find(isSameWork) ?? floors[0] ?? variants.find(isSameWork);
}

/** CPU seconds per 1,000 events and peak memory, by process. */
export function processesTable(variants: readonly Variant[]): string {
  const processes = [...new Set(variants.flatMap(({ usage }) => Object.keys(usage)))];
  const rows = variants.map(({ name, usage }) => [
    name,
    ...processes.map((process) => {
      const used = usage[process];
      return used === undefined ? '' : `${used.cpuS.toFixed(3)} s, ${Math.round(used.peakMiB)} MiB`;
    }),
  ]);
  return toTable(['', ...processes], rows);
}
