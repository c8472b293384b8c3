import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Waits until standard input ends, then stops the process. A suspended process gets SIGTERM only after SIGCONT. */
const reap = 'read -r _; kill -s TERM "$0"; kill -s CONT "$0"; sleep 10; kill -s KILL "$0"';

/**
 * Ends a child process when this process ends, in whatever way: after a failure, by Ctrl-C, or by SIGKILL. A reaper waits
 * on a pipe that only this process holds.
 */
export function endWithThisProcess(child: ChildProcess): void {
  const reaper = spawn('sh', ['-c', reap, String(child.pid)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  reaper.unref();
  // The pipe of a child process is a socket, which its type does not tell.
  (reaper.stdin as Writable & { unref(): void }).unref();
  child.once('exit', () => reaper.kill('SIGKILL'));
}
