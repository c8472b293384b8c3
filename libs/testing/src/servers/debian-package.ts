import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs under one lock, because test files run in parallel. During the installation, Debian's policy file keeps the
 * packages' own services from starting and taking the standard ports.
 */
const script = `
  test -e "$2" && exit
  export DEBIAN_FRONTEND=noninteractive
  policy=/usr/sbin/policy-rc.d
  if ! test -e $policy; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > $policy
    chmod 755 $policy
  fi
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "$1"
`;

/**
 * Makes sure that a program from a Debian package is installed.
 *
 * @returns false where the program is missing and this process cannot install it
 */
export async function ensurePackage(name: string, program: string): Promise<boolean> {
  if (existsSync(program)) return true;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  process.stderr.write(`installing Debian's ${name}\n`);
  await run('flock', ['/tmp/callbus-apt.lock', 'sh', '-ec', script, 'sh', name, program]);
  return true;
}
