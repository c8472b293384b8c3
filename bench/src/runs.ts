import { median } from './quantiles.js';
import type { Usage } from './processes/usage.js';

/** One run of one variant of a case. */
export interface Run {
  /** The values by measure, such as `events/s`. */
  readonly values: Readonly<Record<string, number>>;
  /** The number by which the CPU seconds are divided. */
  readonly events: number;
  readonly usage: Readonly<Record<string, Usage>>;
  readonly lost: number;
  readonly repeated: number;
  /** Events that were not answered with success. Published or not, they count as neither lost nor accepted. */
  readonly failed: number;
}

/** All runs of one variant. */
export interface Variant {
  readonly name: string;
  readonly values: Readonly<Record<string, Spread>>;
  /** For each process the median of the CPU seconds per 1,000 events, and the peak of all runs in MiB. */
  readonly usage: Readonly<Record<string, { readonly cpuS: number; readonly peakMiB: number }>>;
  readonly lost: number;
  readonly repeated: number;
  readonly failed: number;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: readonly number[];
}

/** @param share of the usual length: warming up is shorter */
export type Play = (share: number) => Promise<Run>;

const warmUpShare = 0.3;

/**
 * Plays the variants in turn, so that a slow minute of the machine affects all of them. A turn before the first warms
 * up, unless each play warms up by itself.
 */
export async function alternate(
  variants: Readonly<Record<string, Play>>,
  options: { rounds: number; share: number; isWarm?: boolean; progress: (text: string) => void },
): Promise<Variant[]> {
  const runs = new Map<string, Run[]>(Object.keys(variants).map((name) => [name, []]));
  for (let round = options.isWarm ? 1 : 0; round <= options.rounds; round += 1) {
    for (const [name, play] of Object.entries(variants)) {
      const run = await play(options.share * (round === 0 ? warmUpShare : 1));
      options.progress(`${round === 0 ? 'warm-up' : `${round}/${options.rounds}`} ${name}: ${describeRun(run)}`);
      if (round > 0) runs.get(name)?.push(run);
    }
  }
  return Array.from(runs, ([name, played]) => toVariant(name, played));
}

export function toVariant(name: string, runs: readonly Run[]): Variant {
  const measures = Object.keys(runs[0]?.values ?? {});
  const processes = Object.keys(runs[0]?.usage ?? {});
  return {
    name,
    values: Object.fromEntries(
      measures.map((measure) => [measure, spreadOf(runs.map(({ values }) => values[measure] ?? NaN))]),
    ),
    usage: Object.fromEntries(
      processes.map((process) => [
        process,
        {
          cpuS: median(runs.map(({ usage, events }) => ((usage[process]?.cpuS ?? NaN) / events) * 1_000)),
          peakMiB: Math.max(...runs.map(({ usage }) => usage[process]?.peakMiB ?? NaN)),
        },
      ]),
    ),
    lost: runs.reduce((sum, { lost }) => sum + lost, 0),
    repeated: runs.reduce((sum, { repeated }) => sum + repeated, 0),
    failed: runs.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function spreadOf(runs: readonly number[]): Spread {
  return { median: median(runs), min: Math.min(...runs), max: Math.max(...runs), runs };
}

export function describeRun({ values, lost, repeated, failed }: Run): string {
  const measured = Object.entries(values).map(([measure, value]) => `${formatNumber(value)} ${measure}`);
  const isRight = lost + repeated + failed === 0;
  return `${measured.join(', ')}${isRight ? '' : ` (lost ${lost}, repeated ${repeated}, not accepted ${failed})`}`;
}

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
