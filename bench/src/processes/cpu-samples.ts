import { readFileSync } from 'node:fs';
import { nowUs } from '../clock.js';
import { cpuSecondsOf, ticksPerS, type Processes } from './usage.js';

/** The kernel counts in ticks of this length. */
const everyMs = 1_000 / ticksPerS;

interface Sample {
  readonly atUs: number;
  /** CPU seconds since the start, by process, and of the whole machine: idle, and taken by its host. */
  readonly cpuS: Readonly<Record<string, number>>;
}

/** A time in microseconds of the machine's clock. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Samples the CPU time of processes. @returns a function that ends it, and tells the use of CPU in spans of time */
export function sampleCpu(processes: Processes): () => (spans: readonly Span[]) => Record<string, number> {
  const samples: Sample[] = [];
  const take = () => {
    const used = Object.entries(processes).map(([name, pids]) => [name, cpuSecondsOf(pids)] as const);
    samples.push({ atUs: nowUs(), cpuS: { ...Object.fromEntries(used), ...machineCpuS() } });
  };
  const timer = setInterval(take, everyMs);
  return () => {
    clearInterval(timer);
    return (spans) => sharesIn(samples, spans);
  };
}

/** @returns by name the CPU time during the spans, in percent of their length; 100 is one core */
function sharesIn(samples: readonly Sample[], spans: readonly Span[]): Record<string, number> {
  const used: Record<string, number> = {};
  let lengthS = 0;
  for (const [index, { atUs, cpuS }] of samples.entries()) {
    const next = samples[index + 1];
    if (next === undefined || !spans.some(({ fromUs, toUs }) => fromUs < next.atUs && toUs > atUs)) continue;
    lengthS += (next.atUs - atUs) / 1e6;
    for (const [name, after] of Object.entries(next.cpuS)) used[name] = (used[name] ?? 0) + after - (cpuS[name] ?? 0);
  }
  return Object.fromEntries(Object.entries(used).map(([name, seconds]) => [name, (seconds / lengthS) * 100]));
}

/** CPU seconds of all cores together, from `/proc/stat`. */
function machineCpuS(): { idle: number; steal: number } {
  const fields = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? [];
  const [, , , idle = NaN, , , , steal = NaN] = fields;
  return { idle: idle / ticksPerS, steal: steal / ticksPerS };
}
