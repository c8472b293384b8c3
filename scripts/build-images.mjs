// Builds the images of the three services.
//   node scripts/build-images.mjs                               for the dev overlay: callbus/ingest:dev and so on
//   node scripts/build-images.mjs registry.example.com/callbus  builds and pushes them, tagged with the version and the commit, and
//                                                               writes their digests to k8s/images, for the production overlay
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const services = ['ingest', 'subscription', 'delivery'];
const root = fileURLToPath(new URL('..', import.meta.url));
const component = fileURLToPath(new URL('../k8s/images/kustomization.yaml', import.meta.url));

/** @returns the last line of the output. Ends this program when the command fails */
function run(command, ...args) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status === 0) return stdout.trim().split('\n').at(-1) ?? '';
  console.error(error?.message ?? `${command} ${args.join(' ')} failed`);
  process.exit(1);
}

const build = (service, image) => run('docker', 'build', '--build-arg', `SERVICE=${service}`, '-t', image, '.');

/** @returns the digest under which the registry has the image */
function push(image) {
  run('docker', 'push', image);
  const repository = image.replace(/:[^:/]+$/, '');
  const digests = JSON.parse(run('docker', 'inspect', '--format', '{{json .RepoDigests}}', image));
  const digest = digests.find((each) => each.startsWith(`${repository}@`))?.split('@')[1];
  if (digest !== undefined) return digest;
  console.error(`${image} has no digest after its push`);
  process.exit(1);
}

function versionOf() {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return `${version}-${run('git', 'rev-parse', '--short', 'HEAD')}`;
}

/**
 * Puts the images into the text of the component k8s/images.
 *
 * @public ops/checks uses it
 */
export function pin(text, images) {
  const lines = images.map(
    ({ service, name, digest }) =>
      `  - { name: registry.invalid/callbus/${service}, newName: ${name}, digest: '${digest}' }\n`,
  );
  return text.replace(/^images:[^]*$/m, `images:\n${lines.join('')}`);
}

/** @param {string | undefined} registry */
function main(registry) {
  if (registry === undefined) {
    for (const service of services) console.log(build(service, `callbus/${service}:dev`));
    return;
  }
  const tag = versionOf();
  const images = services.map((service) => {
    const name = `${registry.replace(/\/$/, '')}/${service}`;
    build(service, `${name}:${tag}`);
    return { service, name, digest: push(`${name}:${tag}`) };
  });
  writeFileSync(component, pin(readFileSync(component, 'utf8'), images));
  for (const { name, digest } of images) console.log(`${name}:${tag}@${digest}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2]);
