import { readFile } from 'node:fs/promises';

const repository = new URL('../../../../', import.meta.url);

/** A row of a table of docs/limits.md. */
export interface Limit {
  /** The name of its check. */
  readonly name: string;
  /** The number of the bound, in bytes or milliseconds where its unit is one of these. */
  readonly bound: number;
  /** The number as the document writes it. */
  readonly written: number;
  /** The setting that changes the limit; undefined for a fixed one. */
  readonly setting: string | undefined;
  readonly beyond: string;
}

const multiples: Readonly<Record<string, number>> = {
  KiB: 1_024,
  MiB: 1_024 ** 2,
  GiB: 1_024 ** 3,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  days: 86_400_000,
};

/** @throws when a row does not have the form that the document describes */
export async function readLimits(): Promise<Limit[]> {
  const document = await readFile(new URL('docs/limits.md', repository), 'utf8');
  const rows = document.split('\n').filter((line) => line.startsWith('|') && !/^\| (limit |-)/.test(line));
  return rows.map(limitIn);
}

function limitIn(row: string): Limit {
  const [name = '', bound = '', setting = '', beyond = ''] = row
    .split('|')
    .slice(1)
    .map((cell) => cell.trim());
  const [, digits = '', unit = ''] = /^([\d,]+) (\S+)/.exec(bound) ?? [];
  const variable = /^`([A-Z_\d]+)`$/.exec(setting)?.[1];
  if (digits === '' || beyond === '' || (variable === undefined && setting !== 'fixed'))
    throw new Error(`a row of docs/limits.md cannot be read: ${row}`);
  const written = Number(digits.replaceAll(',', ''));
  return { name, written, bound: written * (multiples[unit] ?? 1), setting: variable, beyond };
}

/**
 * The value of a constant, or of a member of an object, that a source writes as a product of numbers.
 *
 * @param file below the repository
 */
export async function constantIn(file: string, name: string): Promise<number> {
  const source = await readFile(new URL(file, repository), 'utf8');
  const [, product] = new RegExp(`\\b${name}(?: =|:) ([\\d_]+(?: \\* [\\d_]+)*)[;,\\s]`).exec(source) ?? [];
  if (product === undefined) throw new Error(`${file} has no number called ${name}`);
  return product.split(' * ').reduce((value, factor) => value * Number(factor.replaceAll('_', '')), 1);
}
