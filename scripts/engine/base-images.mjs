// The images that the Dockerfile and the compose file start from. Where they cannot be pulled, stand-ins take their names:
// Debian's packages of the same servers, with entry points that do what those of the official images do.
import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findMirror, needPackage, serversRelease } from './debian.mjs';
import { run, succeeds } from './run.mjs';

const entryPoint = fileURLToPath(new URL('stand-in/docker-entrypoint.sh', import.meta.url));

/** The lines of a Dockerfile by which a stand-in differs from the image with the files of all servers. */
const servers = {
  rabbitmq: [
    'ENV PATH=/usr/local/bin:/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/var/lib/rabbitmq',
    'VOLUME /var/lib/rabbitmq',
    'WORKDIR /var/lib/rabbitmq',
    'CMD ["rabbitmq-server"]',
  ],
  postgres: [
    'ENV PATH=/usr/local/bin:/usr/lib/postgresql/17/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'VOLUME /var/lib/postgresql/data',
    'WORKDIR /var/lib/postgresql/data',
    'STOPSIGNAL SIGINT',
    'CMD ["postgres"]',
  ],
  redis: ['VOLUME /data', 'WORKDIR /data', 'CMD ["redis-server"]'],
  'nginx-unprivileged': ['USER 101:101', 'CMD ["nginx", "-g", "daemon off;"]'],
};

/** The versions that the tests ask for. */
const imagesOfTests = ['rabbitmq:4', 'postgres:17', 'redis:7'];

/** @returns the image that the Dockerfile of a tree starts from */
export async function nodeImageOf(tree) {
  const image = /^ARG NODE_IMAGE=(\S+)/m.exec(await readFile(join(tree, 'Dockerfile'), 'utf8'))?.[1];
  if (image === undefined) throw new Error('the Dockerfile names no image of Node');
  return image;
}

/** @returns the images that Dockerfile and compose file of a tree name, without those of the monitoring */
async function imagesOf(tree) {
  const compose = await readFile(join(tree, 'docker-compose.yml'), 'utf8');
  const named = [...compose.matchAll(/^ {4}image: ([\w./:-]+)$/gm)].map(([, image]) => image);
  return [await nodeImageOf(tree), ...named.filter((image) => standInFor(image) !== undefined)];
}

const standInFor = (image) => {
  const [, name] = /([\w-]+):[^/]+$/.exec(image) ?? [];
  return name === 'node' || name in servers ? name : undefined;
};

/**
 * Makes sure that the engine has the images of the trees: it has them already, or pulls them, or gets stand-ins.
 *
 * @returns the names of the images that are stand-ins
 */
export async function provideBaseImages({ engine, trees, tell }) {
  const images = [...new Set((await Promise.all(trees.map(imagesOf))).flat())];
  const standIns = [];
  let canPull = true;
  for (const image of images) {
    const labels = await engine
      .docker('image', 'inspect', '-f', '{{json .Config.Labels}}', image)
      .catch(() => undefined);
    if (labels !== undefined && !labels.includes(standInLabel)) continue;
    if (labels === undefined && canPull) {
      tell(`pulling ${image}`);
      canPull = await engine.docker('pull', '-q', image).then(
        () => true,
        () => false,
      );
      if (canPull) continue;
      tell(`${image} cannot be pulled: stand-ins from Debian's packages take the places of missing images`);
    }
    await makeStandIn({ engine, image, name: standInFor(image), tell });
    standIns.push(image);
  }
  return standIns;
}

/** Removes the stand-ins from an engine that others use too, where they would pass for the official images. */
export async function forgetStandIns({ engine, standIns }) {
  if (!engine.isOwn && standIns.length > 0) await engine.cleanUp('rmi', ...standIns);
}

/** Gives the tests' names to the stand-ins too. @returns the names */
export async function nameImagesOfTests({ engine, tell }) {
  for (const image of imagesOfTests) await makeStandIn({ engine, image, name: standInFor(image), tell });
  return imagesOfTests;
}

const standInLabel = 'callbus.stand-in';

async function makeStandIn({ engine, image, name, tell }) {
  const base = name === 'node' ? await provideNode({ engine, tell }) : await provideServers({ engine, tell });
  const own = name === 'node' ? [] : ['ENTRYPOINT ["docker-entrypoint.sh"]', ...servers[name]];
  const dockerfile = [`FROM ${base}`, ...own, `LABEL ${standInLabel}=${name}`];
  await run('docker', ['build', '-q', '-t', image, '-'], { env: engine.env, input: `${dockerfile.join('\n')}\n` });
}

/** Makes an image, unless the engine has one that was made from the same definition. */
async function once({ engine, name, defined, make }) {
  const hash = createHash('sha256');
  for (const part of defined) hash.update(part);
  const image = `callbus-stand-in/${name}:${hash.digest('hex').slice(0, 12)}`;
  const exists = await engine.docker('image', 'inspect', image).then(
    () => true,
    () => false,
  );
  if (exists) return image;
  const folder = await mkdtemp(join(tmpdir(), 'callbus-stand-in-'));
  const root = join(folder, 'root');
  try {
    await make(root);
    await run('sh', ['-ec', 'tar -C "$0" -c . | docker import - "$1"', root, image], { env: engine.env });
  } finally {
    // debootstrap leaves its mounts behind when it is interrupted.
    for (const mount of ['proc', 'sys', 'dev']) await succeeds('umount', ['-R', join(root, mount)], { signal: null });
    await run('rm', ['-rf', '--one-file-system', folder], { signal: null });
  }
  return image;
}

async function provideServers({ engine, tell }) {
  const make = async (root) => {
    tell(`making the files of the servers by debootstrap ${serversRelease}, once`);
    const { mirror } = await findMirror();
    const packages = ['rabbitmq-server', 'postgresql-17', 'redis-server', 'nginx-light', 'wget'];
    await bootstrap({ root, release: serversRelease, mirror, packages });
    await copyFile(entryPoint, join(root, 'usr/local/bin/docker-entrypoint.sh'));
    await prepareServers(root);
  };
  return once({
    engine,
    name: 'servers',
    defined: [serversRelease, String(prepareServers), await readFile(entryPoint)],
    make,
  });
}

/** Empties what the packages have made for this one machine, and makes the folders that the official images have. */
async function prepareServers(root) {
  const script = `
    rm -rf /var/lib/postgresql/* /etc/postgresql /var/lib/rabbitmq/* /var/lib/rabbitmq/.erlang.cookie
    mkdir -p /var/lib/postgresql/data /data /etc/rabbitmq/conf.d /var/run/postgresql
    chown postgres:postgres /var/lib/postgresql/data /var/run/postgresql
    chown redis:redis /data
    chown -R rabbitmq:rabbitmq /var/lib/rabbitmq /etc/rabbitmq
    printf 'loopback_users.guest = false\\nlog.console = true\\nlog.file = false\\n' > /etc/rabbitmq/conf.d/10-defaults.conf
    chmod 755 /usr/local/bin/docker-entrypoint.sh
  `;
  await run('chroot', [root, 'sh', '-ec', script]);
}

/** @returns an image of this machine's Debian release and Node, with npm's registry and the certificates that it trusts here */
async function provideNode({ engine, tell }) {
  const { mirror, release } = await findMirror();
  const program = await run('readlink', ['-f', process.execPath]).then((path) => path.trim());
  const npm = (await run('npm', ['root', '-g'])).trim();
  const make = async (root) => {
    tell(`making a Node image by debootstrap ${release}, once`);
    await bootstrap({ root, release, mirror, packages: ['ca-certificates', 'libstdc++6'] });
    const at = (path) => join(root, path);
    for (const folder of ['usr/local/bin', 'usr/local/lib/node_modules', 'usr/local/etc'])
      await mkdir(at(folder), { recursive: true });
    await copyFile(program, at('usr/local/bin/node'));
    await chmod(at('usr/local/bin/node'), 0o755);
    await cp(join(npm, 'npm'), at('usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
    for (const name of ['npm', 'npx'])
      await run('ln', ['-s', `../lib/node_modules/npm/bin/${name}-cli.js`, at(`usr/local/bin/${name}`)]);
    await cp('/etc/ssl/certs/ca-certificates.crt', at('etc/ssl/certs/ca-certificates.crt'));
    const registry = (await run('npm', ['config', 'get', 'registry'])).trim();
    await writeFile(
      at('usr/local/etc/npmrc'),
      `registry=${registry}\ncafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n`,
    );
    await run('chroot', [root, 'sh', '-ec', 'groupadd -g 1000 node && useradd -u 1000 -g node -m node']);
    await run('sh', ['-ec', 'rm -rf "$0"/var/cache/apt/* "$0"/var/lib/apt/lists/* "$0"/usr/share/doc', root]);
  };
  return once({ engine, name: 'node', defined: [release, process.version], make });
}

async function bootstrap({ root, release, mirror, packages }) {
  await needPackage('debootstrap', '/usr/sbin/debootstrap');
  await mkdir(dirname(root), { recursive: true });
  const options = ['--variant=minbase', `--include=${packages.join(',')}`, '--foreign'];
  await run('debootstrap', [...options, release, root, mirror]);
  // The second stage configures the packages, which would start their servers.
  const policy = join(root, 'usr/sbin/policy-rc.d');
  await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  await chmod(policy, 0o755);
  await run('chroot', [root, '/debootstrap/debootstrap', '--second-stage']);
  await rm(join(root, 'var/cache/apt/archives'), { recursive: true, force: true });
}
