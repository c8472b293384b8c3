// Runs the whole bus in Docker and disturbs it, as root on Debian: docs/operations/engine.md.
//   npm run check:engine                           upgrades from the previous commit
//   npm run check:engine -- --from COMMIT          from this one
//   npm run check:engine -- --only NAME,NAME       only the drills whose name holds one of these
// CALLBUS_ENGINE_CACHE is a folder for base images, by default /var/cache/callbus-engine.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClosingStack } from '../libs/start/dist/closing-stack.js';
import { findFreePort } from '../libs/testing/dist/servers/server-process.js';
import { forgetStandIns, nodeImageOf, provideBaseImages } from './engine/base-images.mjs';
import { checkDescription, checkErrors, checkLostSecrets, checkReadiness } from './engine/checks.mjs';
import { openEngine } from './engine/docker-engine.mjs';
import { followDocuments } from './engine/documents.mjs';
import { cutContainer, fillQueues, killContainer, services, upAgain } from './engine/drills.mjs';
import {
  buildImages,
  copyTree,
  imagesPrefix,
  prepareInstallation,
  removeImages,
  removeProject,
} from './engine/installation.mjs';
import { lookAtContainers, lookAtImages } from './engine/look-at-containers.mjs';
import { run, stopSignal } from './engine/run.mjs';
import { openStage } from './engine/stage.mjs';
import { tableOf } from './engine/table.mjs';
import { checkTests } from './engine/tests-without-images.mjs';

const { values: options } = parseArgs({
  options: { from: { type: 'string', default: 'HEAD~1' }, only: { type: 'string', default: '' } },
});
const cache = process.env.CALLBUS_ENGINE_CACHE ?? '/var/cache/callbus-engine';
const project = 'callbus-check';
const startedAt = performance.now();

function tell(text) {
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(`${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, '0')}  ${text}`);
}

/** @throws with what to do about it */
function requireDebian() {
  if (process.getuid?.() !== 0)
    throw new Error('check:engine has to run as root: it uses or starts a Docker engine, and makes base images');
  if (!existsSync('/usr/bin/apt-get'))
    throw new Error('check:engine needs Debian: base images are made of its packages');
}

const opened = createClosingStack();
const faults = [];
const rows = [];
let installation;

const add = (title, found) => {
  tell(`${found.length === 0 ? '✓' : '✗'} ${title}`);
  faults.push(...found.map((fault) => `${title}: ${fault}`));
};

/** @returns the newest message format of a version, by its sources */
async function formatOf(folder) {
  const file = join(folder, 'libs/contracts/src/messages/message-format.ts');
  if (!existsSync(file)) return '1';
  return /newestFormat\D+(\d+)/.exec(await readFile(file, 'utf8'))?.[1] ?? '1';
}

async function prepare() {
  const engine = await openEngine({ cache, opened, tell });
  await removeProject({ engine, project });
  const place = await mkdtemp(join(tmpdir(), 'callbus-check-'));
  opened.push(() => rm(place, { recursive: true, force: true }));
  const folder = join(place, 'now');
  const before = join(place, 'before');
  await copyTree({ folder });
  await copyTree({ folder: before, commit: options.from });
  const standIns = await provideBaseImages({ engine, trees: [folder, before], tell });
  opened.push(() => forgetStandIns({ engine, standIns }));
  opened.push(() => removeImages(engine));
  const from = (await run('git', ['log', '-1', '--format=%h, %as', options.from])).trim();
  tell(`building the images of ${from}`);
  await buildImages({ engine, folder: before, version: 'before' });
  tell('building the images of this checkout, which everybody but its owner is forbidden to read');
  await buildImages({ engine, folder, version: 'now' });
  opened.push(() => removeProject({ engine, project }));

  const [gateway, management] = [await findFreePort(), await findFreePort()];
  const installation = await prepareInstallation({
    engine,
    folder,
    project,
    settings: {
      CALLBUS_IMAGES: imagesPrefix,
      CALLBUS_VERSION: 'before',
      CALLBUS_PULL_POLICY: 'missing',
      MESSAGE_FORMAT: await formatOf(before),
      GATEWAY_LISTEN: `127.0.0.1:${gateway}`,
      RABBITMQ_LISTEN: `127.0.0.1:${management}`,
      INGEST_REPLICAS: '2',
      SUBSCRIPTION_REPLICAS: '2',
      DELIVERY_REPLICAS: '2',
      CALLBACK_ALLOW_CIDRS: '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16',
    },
  });
  return { engine, installation, folder, from, isStandIn: standIns.length > 0 };
}

async function runDrills({ engine, installation, folder, from }) {
  tell('docker compose up');
  await installation.compose('up', '-d', '--wait', '--wait-timeout', '240');
  const nodeImage = await nodeImageOf(folder);
  const stage = await openStage({ engine, installation, nodeImage, opened });
  await stage.subscribe('/one');
  await stage.subscribe('/two');
  const what = { engine, installation, stage };

  const drill = async (name, disturb, more) => {
    if (!options.only.split(',').some((part) => name.includes(part))) return;
    const row = await stage.drill(name, disturb, more).catch((error) => {
      stopSignal.throwIfAborted();
      faults.push(`${name}: ${error.message}`);
      tell(`✗ ${name}: ${error.message.split('\n', 1)[0]}`);
    });
    if (row === undefined) return;
    rows.push(row);
    tell(`${row.lost === 0 ? '✓' : '✗'} ${name}: ${row.accepted} accepted, ${row.lost} lost`);
    if (row.lost > 0) faults.push(`${name}: ${row.lost} callbacks lost: ${JSON.stringify(row.missing)}`);
    return row;
  };
  /** A drill that replaces containers. No publish may fail. */
  const quietDrill = async (name, disturb, more) => {
    const since = new Date().toISOString();
    const row = await drill(name, disturb, more);
    if (row === undefined) return;
    const failed = Object.values(row.refused).reduce((sum, count) => sum + count, 0);
    if (failed === 0) return;
    const log = (await installation.compose('logs', '--no-log-prefix', '--since', since, 'gateway')).split('\n');
    const told = log.filter((line) => /"status":5|\[(error|crit|alert)\]/.test(line)).slice(0, 10);
    faults.push(`${name}: ${failed} publishes failed:\n${[...row.failures, ...told].join('\n')}`);
  };

  const queues = await fillQueues(what);
  await quietDrill(
    `upgrade from ${from}`,
    async () => {
      const held = await queues.fill();
      tell(
        `messages of the old version: ${Object.entries(held)
          .map(([queue, count]) => `${count} in ${queue}`)
          .join(', ')}`,
      );
      for (const queue of ['events', 'deliveries', 'undelivered'])
        if (held[queue] === undefined) faults.push(`upgrade: no message of the old version waits in ${queue}`);
      await installation.set({ CALLBUS_VERSION: 'now' });
      await installation.rollOut();
      await queues.release();
    },
    { timeoutMs: 240_000 },
  );
  await installation.set({ CALLBUS_VERSION: 'now', MESSAGE_FORMAT: '' });
  await quietDrill('the newest message format', () => installation.rollOut());
  await quietDrill('a changed .env, three workers', async () => {
    await installation.set({ LOG_LEVEL: 'warn', DELIVERY_REPLICAS: '3' });
    const [gateway] = await installation.containers('gateway');
    await installation.rollOut();
    const changed = await upAgain(what);
    if (changed.length > 0) faults.push(`docker compose up -d changes ${changed.length} containers after a roll-out`);
    if (!(await installation.containers('gateway')).includes(gateway))
      faults.push('a changed .env replaces the gateway');
    const workers = (await installation.containers('delivery')).length;
    if (workers !== 3) faults.push(`${workers} workers instead of 3`);
  });
  await drill('a changed .env by docker compose up', async () => {
    await installation.set({ LOG_LEVEL: 'info', DELIVERY_REPLICAS: '2' });
    const changed = await upAgain(what);
    if (changed.length === 0) faults.push('docker compose up -d does not see a changed .env');
  });

  if (options.only === '') {
    const containers = await lookAtContainers({ engine, installation, services });
    const images = ['ingest', 'subscription', 'delivery'].map((name) => `${imagesPrefix}/${name}:now`);
    const sizes = await lookAtImages({ engine, images, base: nodeImage });
    for (const line of [...sizes.lines, ...containers.lines]) tell(`  ${line}`);
    add('images', sizes.faults);
    add('users, capabilities, logs, ports', containers.faults);
    add("the gateway's own errors", await checkErrors(stage.url));
    add('the description of the API', await checkDescription(stage.url));
    add('.env lost', await checkLostSecrets(installation));
    add('health is readiness', await checkReadiness(what));
  }
  const documents = followDocuments(what);
  await documents.begin();
  await quietDrill('rotation.md: tokens and SECRETS_KEY', documents.tokens);
  await quietDrill('rotation.md: passwords', documents.passwords);
  await drill('backup.md: dump and restore', documents.dumpAndRestore);
  // Their environment has changed: it holds the new passwords.
  await drill('docker compose up replaces the servers', () => upAgain(what));
  for (const service of services) await drill(`kill -9 ${service}`, () => killContainer(what, service));
  for (const service of services) await drill(`${service} cut off for 10 s`, () => cutContainer(what, service));
}

try {
  requireDebian();
  const prepared = await prepare();
  installation = prepared.installation;
  await runDrills(prepared);
  const { engine, isStandIn } = prepared;
  if (options.only === '' && isStandIn) add('tests', await checkTests({ engine, opened, tell }));
} catch (error) {
  faults.push(stopSignal.aborted ? stopSignal.reason.message : error.message);
} finally {
  if (faults.length > 0 && installation !== undefined) {
    const logs = join(cache, 'last-faults.log');
    await writeFile(logs, await installation.logs().catch((error) => error.message));
    tell(`what the containers logged is in ${logs}`);
  }
  tell('taking everything down');
  await opened.close().catch((error) => faults.push(...error.errors.map(({ message }) => message)));
}
if (rows.length > 0) console.log(`\n${tableOf(rows)}\n`);
for (const fault of faults) console.error(`✗ ${fault}`);
tell(faults.length === 0 ? '✓ check:engine' : `✗ check:engine: ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
