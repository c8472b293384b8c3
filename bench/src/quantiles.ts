/** @returns the value below which this share of the values lies; NaN without values */
export function quantile(values: readonly number[] | Float64Array, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

export interface MedianSpread {
  readonly median: number;
  /** The bounds of the median's confidence interval of 95 %. */
  readonly from: number;
  readonly to: number;
}

/** The median and its confidence interval by the sign test, which assumes no distribution. */
export function spreadOfMedian(values: readonly number[]): MedianSpread {
  const sorted = values.toSorted((one, other) => one - other);
  const rank = Math.max(0, Math.floor(values.length / 2 - 0.98 * Math.sqrt(values.length)));
  return { median: median(values), from: sorted[rank] ?? NaN, to: sorted.at(-1 - rank) ?? NaN };
}
