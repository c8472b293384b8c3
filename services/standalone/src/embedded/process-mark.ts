import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCodeOf } from './system-code.js';

/** Identifies a process, also among later processes with the same id. */
export interface ProcessMark {
  readonly pid: number;
  /** As the system tells it; empty where it does not. */
  readonly startedAt: string;
  /** In which processes see each other: containers have spaces of their own. */
  readonly space: string;
}

const execute = promisify(execFile);

export async function thisProcess(): Promise<ProcessMark> {
  const space = await readlink('/proc/self/ns/pid').catch(() => '');
  return { pid: process.pid, startedAt: (await startOf(process.pid)) ?? '', space };
}

/** Whether the process of that mark lives still. A process with its id that began at another time is another one. */
export async function isSameProcess({ pid, startedAt }: ProcessMark): Promise<boolean> {
  if (!doesExist(pid)) return false;
  return startedAt === '' || startedAt === ((await startOf(pid)) ?? '');
}

function doesExist(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, and so it is there.
    return systemCodeOf(error) === 'EPERM';
  }
}

/** @returns undefined when it does not run, or nothing is known */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return startFromPs(pid);
  const [bootId, stat] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
  ]);
  // After the name, which may hold anything: the state is the first field, the start in ticks since the boot the 20th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === undefined || state === '' || state === 'Z' ? undefined : `${bootId.trim()} ${fields[19] ?? ''}`;
}

async function startFromPs(pid: number): Promise<string | undefined> {
  const { stdout } = await execute('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? undefined : stdout.trim();
}
