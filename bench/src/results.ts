import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { CaseResult } from './case.js';

/** What is known of all cases: each as it was measured last. */
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

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}
