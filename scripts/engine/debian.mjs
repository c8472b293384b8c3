// Debian's packages: those of this machine's release, and of the release that has the servers' current versions.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackage } from '../../libs/testing/dist/servers/debian-package.js';
import { run } from './run.mjs';

/** Debian 13: RabbitMQ 4.0, PostgreSQL 17, Redis 8, Compose 2.26. */
export const serversRelease = 'trixie';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** @returns the first address in the sources of this machine that has `main` of its own release */
export async function findMirror() {
  const release = (await run('sh', ['-c', '. /etc/os-release && echo $VERSION_CODENAME'])).trim();
  const wanted = ['Created-By: Packages', `Codename: ${release}`, 'Component: main'];
  const uris = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...wanted]);
  const [mirror] = uris.split('\n');
  if (mirror === '') throw new Error(`apt's sources have no main of ${release}`);
  return { mirror, release };
}

/** Installs a package when its program is missing, without starting its services. */
export async function needPackage(name, program) {
  if (!(await ensurePackage(name, program))) throw new Error(`cannot install Debian's ${name}`);
}

/**
 * Unpacks a package of the servers' release into a folder, and installs nothing.
 *
 * @returns the folder
 */
export async function unpackPackage(name, cache) {
  const folder = join(cache, 'packages', name);
  if (existsSync(folder)) return folder;
  const { mirror } = await findMirror();
  const apt = join(cache, 'apt');
  for (const part of ['lists/partial', 'archives/partial']) await mkdir(join(apt, part), { recursive: true });
  await writeFile(join(apt, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${serversRelease} main\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(apt, 'sources.list'),
    'Dir::Etc::sourceparts': '/nonexistent',
    'Dir::State::lists': join(apt, 'lists'),
    'Dir::Cache': apt,
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const downloads = join(apt, 'downloads');
  await mkdir(downloads, { recursive: true });
  await run('apt-get', [...options, 'update', '-qq']);
  await run('apt-get', [...options, 'download', name], { cwd: downloads });
  const [archive] = (await readdir(downloads)).filter((file) => file.startsWith(`${name}_`));
  await mkdir(folder, { recursive: true });
  await run('dpkg-deb', ['-x', join(downloads, archive), folder]);
  await rm(apt, { recursive: true });
  return folder;
}
