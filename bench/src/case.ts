import type { Checkout } from './processes/checkout.js';
import type { Stage } from './processes/stage.js';
import { median } from './quantiles.js';
import type { Play, Spread, Variant } from './runs.js';

export interface Case {
  readonly name: string;
  /** What is done, in a sentence. */
  readonly what: string;
  run(stage: Stage, options: CaseOptions): Promise<CaseResult>;
  /**
   * Opens a bus of this checkout for `--beside`, and tells what is played on it by name. A play takes one or two seconds, since those of
   * three buses alternate in many turns. Absent where a case compares no builds.
   */
  readonly openBeside?: (
    stage: Stage,
    options: { checkout: Checkout; share: number },
  ) => Promise<Readonly<Record<string, Play>>>;
}

export interface CaseOptions {
  /** Runs of each variant. */
  readonly rounds: number;
  /** Of the usual length. */
  readonly share: number;
  /** Asked for by name, and so given the time that it takes. */
  readonly isAlone: boolean;
  readonly progress: (text: string) => void;
}

export interface CaseResult {
  readonly variants: readonly Variant[];
  readonly figures: readonly Figure[];
}

/** What a case shows, and what it has to. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function isMet({ value, atLeast = -Infinity, atMost = Infinity }: Figure): boolean {
  return value >= atLeast && value <= atMost;
}

/** @throws when there is no such variant or measure */
export function medianOf(variants: readonly Variant[], name: string, measure: string): number {
  return spreadOf(variants, name, measure).median;
}

/**
 * The median of what one variant had to another in the same turn, for turns so short that the machine differs more from one to the next.
 *
 * @throws as above
 */
export function medianRatioOf(
  variants: readonly Variant[],
  [name, other]: readonly [string, string],
  measure: string,
): number {
  const others = spreadOf(variants, other, measure).runs;
  return median(spreadOf(variants, name, measure).runs.map((value, turn) => value / (others[turn] ?? NaN)));
}

function spreadOf(variants: readonly Variant[], name: string, measure: string): Spread {
  const spread = variants.find((variant) => variant.name === name)?.values[measure];
  if (spread === undefined) throw new Error(`${name} has no ${measure}`);
  return spread;
}
