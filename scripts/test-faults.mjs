// Runs the fault drills: `npm run test:faults [-- [--long] [NAME…]]`. Drills that take minutes (*.long.faults.test.ts) run only
// with --long. Jest would refuse this option, so it becomes an environment variable; all other arguments go to Jest.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    ...['--config', 'jest.faults.config.mjs'],
    ...args.filter((arg) => arg !== '--long'),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...(args.includes('--long') && { CALLBUS_LONG_DRILLS: '1' }) },
  },
);
process.exitCode = status ?? 1;
