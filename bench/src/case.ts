import type { Checkout } from './processes/checkout.js';
import type { Stage } from './processes/stage.js';
import { median } from './quantiles.js';
import type { Play, Spread, Variant } from './runs.js';

export interface Case {
  readonly name: string;
  /** A description in one sentence. */
  readonly what: string;
  run(stage: Stage, options: CaseOptions): Promise<CaseResult>;
  /**
   * Opens a bus of this checkout for `--beside`, and returns its plays by name. A play takes a few seconds at most,
   * because the plays of three buses alternate in many turns.
   */
  openBeside(stage: Stage, options: BesideCaseOptions): Promise<Readonly<Record<string, Play>>>;
}

interface BesideCaseOptions {
  readonly checkout: Checkout;
  /** The share of the usual length. */
  readonly share: number;
}

interface CaseOptions {
  /** Runs of each variant. */
  readonly rounds: number;
  /** The share of the usual length. */
  readonly share: number;
  /** Whether this is the only case of the run, which may then take longer. */
  readonly isAlone: boolean;
  readonly progress: (text: string) => void;
}

export interface CaseResult {
  readonly variants: readonly Variant[];
  readonly figures: readonly Figure[];
}

/** A figure of a case, and its bounds. */
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
 * The median of the ratios of two variants in the same turn. The speed of the machine changes more between short turns
 * than within one.
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
