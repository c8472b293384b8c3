import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCodeOf } from './system-code.js';

/** Identifies a process, even when a later process gets the same id. */
export interface ProcessMark {
  readonly pid: number;
  /** The start time in the operating system's form; empty when it is unknown. */
  readonly startedAt: string;
  /**
   * The boot of a machine and the PID namespace. Only processes of the same space see each other; each container has its own. Empty when
   * it is unknown.
   */
  readonly space: string;
}

const execute = promisify(execFile);

export async function thisProcess(): Promise<ProcessMark> {
  return { pid: process.pid, startedAt: (await startOf(process.pid)) ?? '', space: await spaceOf() };
}

/** The first PID namespace of Linux has the same name on every machine, so the boot tells machines apart. */
async function spaceOf(): Promise<string> {
  if (process.platform === 'darwin') return outputOf('sysctl', '-n', 'kern.bootsessionuuid');
  const [boot, namespace] = await Promise.all([bootId(), readlink('/proc/self/ns/pid').catch(() => '')]);
  return boot === '' || namespace === '' ? '' : `${boot} ${namespace}`;
}

/** @returns an empty text on other systems than Linux */
const bootId = async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();

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
  const [boot, stat] = await Promise.all([bootId(), readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')]);
  // The fields follow the name of the program, which may contain `)`. The first is the state, the 20th the start in ticks since the boot.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === undefined || state === '' || state === 'Z' ? undefined : `${boot} ${fields[19] ?? ''}`;
}

async function startFromPs(pid: number): Promise<string | undefined> {
  return (await outputOf('ps', '-o', 'lstart=', '-p', String(pid))) || undefined;
}

/** @returns an empty text when the program fails or is missing */
async function outputOf(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute(program, args).catch(() => ({ stdout: '' }));
  return stdout.trim();
}
