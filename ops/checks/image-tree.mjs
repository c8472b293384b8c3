// Carries out the steps of the Dockerfile in a folder, with the node of this machine. The tree of each service has to start
// as the user of the image, to pass the health check of the image, and to stop on SIGTERM.
import { DockerfileParser } from 'dockerfile-ast';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { freePort } from './nginx-gateway.mjs';
import { createOutcome } from './outcome.mjs';
import { enterRealServers } from './real-servers.mjs';
import { endWithThisProcess } from '../../libs/testing/dist/processes/end-with-this-process.js';
import { read, root } from './repository.mjs';

const outcome = createOutcome('Image tree');
const { expect } = outcome;
const place = mkdtempSync(join(tmpdir(), 'callbus-image-'));
chmodSync(place, 0o755);
const isRoot = process.getuid?.() === 0;
const asImageUser = isRoot ? { uid: 1000, gid: 1000 } : {};

const instructions = DockerfileParser.parse(read('Dockerfile'))
  .getInstructions()
  .map((one) => ({
    keyword: one.getKeyword(),
    text: one.getArgumentsContent() ?? '',
    from: one
      .getFlags?.()
      .find((flag) => flag.getName() === 'from')
      ?.getValue(),
  }));

/** The stages by name, each with its steps. */
const stages = new Map();
for (const { keyword, text, from } of instructions.slice(instructions.findIndex(({ keyword }) => keyword === 'FROM'))) {
  if (keyword === 'FROM') stages.set(text.split(' AS ')[1], []);
  else [...stages.values()].at(-1).push({ keyword, text, from });
}
const image = stages.get('service');
const buildSteps = stages.get('build');
const serviceAt = buildSteps.findIndex(({ keyword, text }) => keyword === 'ARG' && text === 'SERVICE');

/** Applies .dockerignore: it excludes everything, includes named paths, and excludes some names in them. */
function copyContext(target) {
  const lines = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const included = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const excluded = lines.filter((line) => line.startsWith('**/')).map((line) => line.slice(3));
  const isExcluded = (path) =>
    excluded.some((name) => (name.startsWith('*') ? path.endsWith(name.slice(1)) : basename(path) === name));
  for (const path of included.filter((one) => existsSync(join(root, one))))
    cpSync(join(root, path), join(target, path), {
      recursive: true,
      filter: (from) => !isExcluded(relative(root, from)),
    });
}

/** The root folder of a stage. */
const rootOf = (stage) => join(place, 'stages', stage);

/** Carries out steps of a stage. Each has one WORKDIR, and its commands stay in it. */
function carryOut(stage, steps, service) {
  const workdir = stages.get(stage).find(({ keyword }) => keyword === 'WORKDIR').text;
  const folder = join(rootOf(stage), workdir);
  mkdirSync(folder, { recursive: true });
  for (const { keyword, text, from } of steps) {
    if (keyword === 'COPY' && text === '. .') copyContext(folder);
    else if (keyword === 'COPY' && from !== undefined && text.endsWith(' .'))
      cpSync(join(rootOf(from), text.slice(0, -2)), folder, { recursive: true, verbatimSymlinks: true });
    else if (keyword === 'RUN') {
      const command = text.replaceAll(/\\\n/g, ' ');
      const { status, stdout, stderr } = spawnSync('sh', ['-ec', command], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...(service && { SERVICE: service }) },
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`RUN ${command}\n${stdout}\n${stderr}`);
    } else if (!['ARG', 'WORKDIR'].includes(keyword)) throw new Error(`this check does not know ${keyword} ${text}`);
  }
  return folder;
}

/** @returns the folder of the service's tree */
function build(service) {
  const folder = carryOut('build', buildSteps.slice(serviceAt), service);
  const copied = carryOut(
    'service',
    image.filter(({ keyword }) => keyword === 'COPY'),
  );
  rmSync(join(folder, 'deployed'), { recursive: true });
  const tree = join(place, service);
  renameSync(copied, tree);
  const sources = spawnSync('find', [tree, '-path', '*@callbus/*', '-name', '*.ts'], { encoding: 'utf8' }).stdout;
  expect(sources === '', `${service} holds sources: ${sources.split('\n')[0]}`);
  return tree;
}

const argumentsOf = (keyword) => {
  const { text } = image.findLast((one) => one.keyword === keyword);
  return JSON.parse(text.slice(text.indexOf('[')));
};

async function startTree(service, tree, env) {
  const [command, ...args] = argumentsOf('CMD');
  const child = spawn(command, args, { cwd: tree, env, stdio: ['ignore', 'ignore', 'inherit'], ...asImageUser });
  endWithThisProcess(child);
  const exited = once(child, 'exit');
  const [check, ...checkArgs] = argumentsOf('HEALTHCHECK');
  let isHealthy = false;
  for (let tries = 0; tries < 60 && !isHealthy && child.exitCode === null; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    isHealthy = spawnSync(check, checkArgs, { env, ...asImageUser }).status === 0;
  }
  expect(isHealthy, `${service} does not become healthy`);
  return async () => {
    child.kill('SIGTERM');
    expect((await exited)[0] === 0, `${service} does not stop with 0`);
  };
}

const { place: own, leave } = await enterRealServers({ database: true });
const keysFile = join(place, 'keys.json');
writeFileSync(
  keysFile,
  JSON.stringify([{ sha256: createHash('sha256').update('k').digest('hex'), account: '0', roles: ['publish'] }]),
);
const ports = { subscription: await freePort(), ingest: await freePort(), delivery: await freePort() };
const stops = [];
const sizes = [];
try {
  carryOut('manifests', stages.get('manifests'));
  carryOut('build', buildSteps.slice(0, serviceAt));
  for (const [service, port] of Object.entries(ports)) {
    const tree = build(service);
    sizes.push(`${service} ${spawnSync('du', ['-sm', tree], { encoding: 'utf8' }).stdout.split('\t')[0]} MB`);
    const env = {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: String(port),
      LOG_LEVEL: 'error',
      AUTH: 'keys',
      KEYS_FILE: keysFile,
      AMQP_URL: own.amqpUrl,
      REDIS_URL: own.redisUrl,
      DATABASE_URL: own.databaseUrl,
      BROKER_PREFIX: own.brokerPrefix,
      REDIS_PREFIX: own.redisPrefix,
      SUBSCRIPTION_URL: `http://127.0.0.1:${ports.subscription}`,
      INTERNAL_TOKEN: 'a-token-of-this-check-only',
      SECRETS_KEY: 'a-key-of-this-check-only-of-32-letters',
    };
    stops.push(await startTree(service, tree, env));
  }
} catch (error) {
  outcome.fault(error.message);
} finally {
  for (const stop of stops.reverse()) await stop();
  for (const what of await leave()) outcome.fault(`left behind: ${what}`);
  rmSync(place, { recursive: true, force: true });
}
outcome.tell(
  `the trees of the Dockerfile's steps start${isRoot ? ' as user 1000' : ''}, become healthy and stop (${sizes.join(', ')})`,
);
process.exit();
