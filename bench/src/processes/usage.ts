import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** The ids of the processes that are measured together, by name. */
export type Processes = Readonly<Record<string, readonly number[]>>;

export interface Usage {
  readonly cpuS: number;
  readonly peakMiB: number;
}

export const ticksPerS = 100;

/** The servers, by the kernel's name of their program. */
const servers: Readonly<Record<string, string>> = {
  'beam.smp': 'rabbitmq',
  'redis-server': 'redis',
  postgres: 'postgres',
};

/** The servers that this process or its descendants started; servers in Docker are not among them. */
export function findServers(): Processes {
  const found: Record<string, number[]> = {};
  const stats = readStats();
  for (const [pid, stat] of stats) {
    const server = servers[stat?.name ?? ''];
    if (server !== undefined && isDescendant(pid, (each) => stats.get(each)?.parent)) (found[server] ??= []).push(pid);
  }
  return found;
}

/** All processes of the machine that run one of these programs, by the name that the kernel gives to the program. */
export function findPrograms(names: readonly string[]): Processes {
  const stats = [...readStats()];
  return Object.fromEntries(
    names.map((name) => [name, stats.filter(([, stat]) => stat?.name === name).map(([pid]) => pid)]),
  );
}

/** Begins to measure. @returns a function that returns the usage since then, by name */
export function startUsage(processes: Processes): () => Record<string, Usage> {
  const before = Object.entries(processes).map(([name, pids]) => {
    pids.forEach(forgetPeak);
    return [name, pids, cpuSecondsOf(pids)] as const;
  });
  return () =>
    Object.fromEntries(
      before.map(([name, pids, cpuS]) => [name, { cpuS: cpuSecondsOf(pids) - cpuS, peakMiB: peakMiBOf(pids) }]),
    );
}

/** The CPU time of all threads of this process, in milliseconds. */
export function cpuMs(): number {
  // The kernel measures the sum exactly and estimates the parts.
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

export function rssMiBOf(pids: readonly number[]): number {
  return sum(pids.map((pid) => kibOf(pid, 'VmRSS'))) / 1_024;
}

export function cpuSecondsOf(pids: readonly number[]): number {
  return sum(pids.map((pid) => statOf(pid)?.cpuTicks ?? 0)) / ticksPerS;
}

function peakMiBOf(pids: readonly number[]): number {
  return sum(pids.map((pid) => kibOf(pid, 'VmHWM'))) / 1_024;
}

/** Makes the kernel record the peak memory from now on. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // The process belongs to another user, so its peak counts from its start.
  }
}

function kibOf(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(readProc(pid, 'status'))?.[1] ?? 0);
}

function readStats() {
  const pids = readdirSync('/proc').filter(isNumber).map(Number);
  return new Map(pids.map((pid) => [pid, statOf(pid)]));
}

function statOf(pid: number): { name: string; parent: number; cpuTicks: number } | undefined {
  const [, name, rest] = /^\d+ \((.*)\) (.*)/s.exec(readProc(pid, 'stat')) ?? [];
  if (name === undefined || rest === undefined) return undefined;
  const fields = rest.split(' ');
  return { name, parent: Number(fields[1]), cpuTicks: Number(fields[11]) + Number(fields[12]) };
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function isDescendant(pid: number, parentOf: (pid: number) => number | undefined): boolean {
  for (let each: number | undefined = pid; each !== undefined && each > 1; each = parentOf(each)) {
    if (each === process.pid) return true;
  }
  return false;
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
