import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCodeOf } from './system-code.js';

/** Identifies a process, even when a later process gets the same id. */
export interface ProcessMark {
  readonly pid: number;
  /** The start time in the operating system's form; empty when it is unknown. */
  readonly startedAt: string;
  /** The PID namespace. Only processes of the same namespace see each other; each container has its own. */
  readonly space: string;
}

const execute = promisify(execFile);

export async function thisProcess(): Promise<ProcessMark> {
  const space = await readlink('/proc/self/ns/pid').catch(() => '');
  return { pid: process.pid, startedAt: (await startOf(process.pid)) ?? '', space };
}

/** Whether the process still runs. A process with the same id and another start time is another process. */
export async function isSameProcess({ pid, startedAt }: ProcessMark): Promise<boolean> {
  if (!doesExist(pid)) return false;
  return startedAt === '' || startedAt === ((await startOf(pid)) ?? '');
}

function doesExist(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process exists and belongs to another user.
    return systemCodeOf(error) === 'EPERM';
  }
}

/** @returns undefined when the process does not run, or its start is unknown */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return startFromPs(pid);
  const [bootId, stat] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
  ]);
  // The fields follow the name of the program, which may contain `)`. The first is the state, the 20th the start in ticks since the boot.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === undefined || state === '' || state === 'Z' ? undefined : `${bootId.trim()} ${fields[19] ?? ''}`;
}

async function startFromPs(pid: number): Promise<string | undefined> {
  const { stdout } = await execute('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? undefined : stdout.trim();
}
