import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import type { CaseResult } from './case.js';

const significantDigits = 4;

/** The latest results of all cases. */
export interface Results {
  readonly cases: Readonly<Record<string, MeasuredCase>>;
}

export interface MeasuredCase extends CaseResult {
  readonly what: string;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly tookS: number;
  readonly machine: string;
}

export function readResults(file: string): Results {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : { cases: {} };
}

/** Numbers are written with their significant digits. */
export async function writeResults(file: string, results: Results): Promise<void> {
  const text = JSON.stringify(results, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(significantDigits)) : value,
  );
  writeFileSync(file, await format(text, { parser: 'json', printWidth: 120 }));
}
