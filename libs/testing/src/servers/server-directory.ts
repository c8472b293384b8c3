import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Waits until its standard input ends, then kills the process groups noted in the directory, and deletes the directory.
 */
const reap = `
  cat
  for file in "$0"/*.group; do
    test -s "$file" && kill -s KILL -- "-$(cat "$file")"
  done
  rm -rf "$0" || { sleep 1; rm -rf "$0"; }
`;

/**
 * Makes a directory for a server's data. `remove` deletes the directory and kills the processes noted in it. The same
 * happens when this process ends, in whatever way: a reaper waits on a pipe that only this process holds.
 */
export async function makeServerDirectory(name: string) {
  const path = await mkdtemp(join(tmpdir(), `callbus-${name}-`));
  await chmod(path, 0o755);
  const reaper = spawn('sh', ['-c', reap, path], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  return {
    path,
    remove: async () => {
      reaper.stdin.end();
      await once(reaper, 'exit');
    },
  };
}
