import { formatNumber, type Variant } from '../runs.js';
import { atFanOut10, atFullSpeed, atRate, besideOneThatHangs, rates } from './measure.js';

/** A column of the table in docs/peers.md: the text of each cell, by the name of its row. */
export type Column = Readonly<Record<string, string>>;

const notMeasured = '–';

export function toColumn(variants: readonly Variant[]): Column {
  const cell = (name: string, toText: (variant: Variant) => string) => {
    const variant = variants.find((each) => each.name === name);
    return variant === undefined ? notMeasured : toText(variant);
  };
  const perS = (measure: string) => (variant: Variant) => formatNumber(medianOf(variant, measure));

  return {
    'end to end at full speed, events/s': cell(atFullSpeed, perS('events/s')),
    'published meanwhile, events/s': cell(atFullSpeed, perS('published/s')),
    'CPU per event, µs': cell(atFullSpeed, cpuUs),
    ...Object.fromEntries(
      rates.map((ratePerS) => [
        `p50 / p99 at ${ratePerS.toLocaleString('en-US')} events/s, ms`,
        cell(atRate(ratePerS), latencyMs),
      ]),
    ),
    'fan-out 10 at full speed, events/s': cell(atFanOut10, perS('events/s')),
    'CPU per event at fan-out 10, µs': cell(atFanOut10, cpuUs),
    'nine receivers beside one that hangs, p50 / p99, ms': cell(besideOneThatHangs, latencyMs),
    'lost / repeated': countsOf(variants),
  };
}

function medianOf(variant: Variant, measure: string): number {
  return variant.values[measure]?.median ?? NaN;
}

/** CPU seconds per 1,000 events, of all processes, as microseconds per event. */
function cpuUs({ usage }: Variant): string {
  return formatNumber(Object.values(usage).reduce((sum, { cpuS }) => sum + cpuS * 1_000, 0));
}

function latencyMs(variant: Variant): string {
  const ofReceived = `${formatNumber(medianOf(variant, 'p50 ms'))} / ${formatNumber(medianOf(variant, 'p99 ms'))}`;
  return variant.lost === 0 ? ofReceived : `${ofReceived}, ${formatNumber(variant.lost)} missing`;
}

function countsOf(variants: readonly Variant[]): string {
  const sum = (count: 'lost' | 'repeated') => variants.reduce((total, variant) => total + variant[count], 0);
  return `${sum('lost')} / ${sum('repeated')}`;
}
