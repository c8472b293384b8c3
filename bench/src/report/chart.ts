import { isMet, type Figure } from '../case.js';
import type { MeasuredCase } from '../results.js';
import { formatNumber } from '../runs.js';

const width = 900;
const left = 330;
const right = 120;
const rowHeight = 28;
const top = 56;
const shownAtMost = 1.5;

const color = { met: '#2f7d4f', short: '#b4552d', text: '#24292f', muted: '#6e7781', line: '#d0d7de' };

/** A bar for every figure with a target. The target is 1, and more is always better. */
export function toChart(cases: Readonly<Record<string, MeasuredCase>>): string {
  const figures = Object.values(cases)
    .flatMap((measured) => measured.figures)
    .filter((figure) => fulfilmentOf(figure) !== undefined);
  const height = top + figures.length * rowHeight + 24;
  const target = xOf(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="16" font-weight="600" fill="${color.text}">Targets and results</text>`,
    `<text x="${target}" y="46" text-anchor="middle" fill="${color.muted}">target</text>`,
    ...figures.map(bar),
    `<line x1="${target}" y1="${top - 4}" x2="${target}" y2="${height - 20}" stroke="${color.muted}" stroke-dasharray="3 3"/>`,
    '</svg>\n',
  ].join('\n');
}

function bar(figure: Figure, index: number): string {
  const y = top + index * rowHeight;
  const end = xOf(Math.min(fulfilmentOf(figure) ?? 0, shownAtMost));
  const label = figure.unit === undefined ? formatNumber(figure.value) : `${formatNumber(figure.value)} ${figure.unit}`;
  return [
    `<text x="${left - 12}" y="${y + 16}" text-anchor="end" fill="${color.text}">${escape(figure.name)}</text>`,
    `<rect x="${left}" y="${y + 3}" width="${(end - left).toFixed(1)}" height="${rowHeight - 10}" fill="${isMet(figure) ? color.met : color.short}"/>`,
    `<text x="${(end + 8).toFixed(1)}" y="${y + 16}" fill="${color.text}">${escape(label)}</text>`,
  ].join('\n');
}

/** @returns 1 at the target, more on its better side; undefined without a target */
function fulfilmentOf({ value, atLeast, atMost }: Figure): number | undefined {
  if (atLeast !== undefined) return Math.max(0, value / atLeast);
  if (atMost === undefined) return undefined;
  return value <= 0 ? shownAtMost : atMost / value;
}

function xOf(fulfilment: number): number {
  return left + (fulfilment / shownAtMost) * (width - left - right);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
