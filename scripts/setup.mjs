// Installs the dependencies of the lock file and builds. A fresh clone needs only Node and npm.
// npm runs it before every script that needs it, so it takes little time when nothing has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const installedMark = join(root, 'node_modules', '.callbus-installed');

function run(title, command, args) {
  console.error(`callbus: ${title}`);
  // Output goes to standard error, because standard output belongs to the script that npm runs afterwards.
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error(`callbus: ${title} failed${error ? `: ${error.message}` : ''}`);
    process.exit(status ?? 1);
  }
}

function fingerprintOfDependencies() {
  const packages = ['libs', 'services']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name, 'package.json')))
    .concat(join('bench', 'package.json'))
    .filter((file) => existsSync(join(root, file)));
  const hash = createHash('sha256').update(process.version);
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...packages]) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

// An older Node fails only after the installation, with an error that does not name the reason.
const wanted = engines.node.replace('>=', '');
if (wanted.localeCompare(process.versions.node, 'en', { numeric: true }) > 0) {
  console.error(
    `callbus: Node ${process.versions.node} is too old: install Node ${wanted} or later from https://nodejs.org`,
  );
  process.exit(2);
}

const fingerprint = fingerprintOfDependencies();
const isInstalled = existsSync(installedMark) && readFileSync(installedMark, 'utf8') === fingerprint;

if (!isInstalled) {
  run('installing dependencies, the first time takes a minute', 'npx', [
    '-y',
    packageManager,
    'install',
    '--frozen-lockfile',
  ]);
  writeFileSync(installedMark, fingerprint);
}
run('building', process.execPath, [join(root, 'node_modules/@typescript/native/bin/tsc'), '-b']);
// Every service serves the description of all APIs.
copyFileSync(join(root, 'docs/openapi.json'), join(root, 'libs/runtime/dist/openapi.json'));
