// An installation in Docker, as an operator makes it: a copy of a checkout, scripts/make-secrets.mjs, docker compose.
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';
import { until } from './until.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const ownServices = ['subscription', 'delivery', 'ingest'];

/**
 * Copies a checkout with a strict umask: the tree of a commit, or by default the files of this checkout as they are.
 *
 * @param {{ folder: string, commit?: string }} options
 */
export async function copyTree({ folder, commit }) {
  await mkdir(folder, { recursive: true });
  const list =
    'git ls-files -z --cached --others --exclude-standard --deduplicate | xargs -0 ls -d 2>/dev/null | tar -cf - -T -';
  const archive = commit === undefined ? list : `git archive ${commit}`;
  const script = `set -o pipefail; umask 077; cd "$0"; ${archive} | tar -xf - --no-same-permissions --no-same-owner -C "$1"`;
  await run('bash', ['-ec', script, root, folder]);
}

/** Builds the images of the three services in a copy of a checkout. */
export function buildImages({ engine, folder, version }) {
  const build = ['compose', 'build', '--quiet', ...ownServices];
  return run('docker', build, { cwd: folder, env: { ...engine.env, ...environment({ version }), ...anySecrets } });
}

export const imagesPrefix = 'callbus-check';
const environment = ({ version }) => ({ CALLBUS_IMAGES: imagesPrefix, CALLBUS_VERSION: version });
/** The compose file asks for secrets before it builds anything. */
const anySecrets = Object.fromEntries(
  ['RABBITMQ_PASSWORD', 'POSTGRES_PASSWORD', 'REDIS_PASSWORD', 'INTERNAL_TOKEN', 'SECRETS_KEY', 'GRAFANA_PASSWORD'].map(
    (name) => [name, 'x'],
  ),
);

/**
 * Writes the secrets and settings of an installation, and starts nothing yet.
 *
 * @param {{ engine: Awaited<ReturnType<typeof import('./docker-engine.mjs').openEngine>>, folder: string, project: string,
 *   settings: Record<string, string> }} options
 */
export async function prepareInstallation({ engine, folder, project, settings }) {
  const env = { ...engine.env, COMPOSE_PROJECT_NAME: project };
  const compose = (...args) => run('docker', ['compose', ...args], { cwd: folder, env });
  const makeSecrets = () => run('bash', ['-c', 'umask 077; node scripts/make-secrets.mjs 2>&1'], { cwd: folder, env });
  const set = (values) =>
    appendFile(
      join(folder, '.env'),
      Object.entries(values)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
  await lowerFileLimit(engine, folder);
  const told = await makeSecrets();
  const key = /^callbus_\S+$/m.exec(told)?.[0];
  if (key === undefined) throw new Error(`make-secrets.mjs tells no key:\n${told}`);
  await set(settings);

  return {
    folder,
    project,
    key,
    compose,
    makeSecrets,
    /** Adds lines to .env; of several lines for a name the last one counts. */
    set,
    /** Replaces the containers without a pause, by scripts/roll-out.sh. */
    rollOut: (...services) => run('bash', ['scripts/roll-out.sh', ...services], { cwd: folder, env }),
    /** Runs commands as an operator types them in the folder of the installation. @throws when one fails */
    bash: (commands) => run('bash', ['-euo', 'pipefail', '-c', commands], { cwd: folder, env }),
    async without(name, use) {
      const path = join(folder, name);
      await rename(path, `${path}.away`);
      try {
        return await use();
      } finally {
        await rename(`${path}.away`, path);
      }
    },
    /** @returns the ids of the containers of a service */
    containers: async (service) =>
      (await compose('ps', '-q', ...(service ? [service] : []))).split('\n').filter(Boolean),
    async gatewayUrl() {
      const address = (await compose('port', 'gateway', '8080')).trim();
      return `http://${address}`;
    },
    /** The number of messages in each queue of the broker, by the queue's name without prefix. */
    async queues() {
      const list = ['rabbitmqctl', '-q', 'list_queues', '--no-table-headers', 'name', 'messages'];
      const lines = (await compose('exec', '-T', 'rabbitmq', ...list)).trim().split('\n');
      return Object.fromEntries(
        lines.map((line) => line.split('\t')).map(([name, count]) => [name.replace('callbus.', ''), Number(count)]),
      );
    },
    logs: () =>
      run('docker', ['compose', 'logs', '--no-color', '-t', '--tail', '2000'], { cwd: folder, env, signal: null }),
    waitHealthy: (service) =>
      until(
        async () => {
          const states = await compose('ps', '-a', '--format', '{{.Service}} {{.Health}} {{.State}}', service);
          return states
            .trim()
            .split('\n')
            .every((line) => /\bhealthy running$/.test(line));
        },
        { what: `${service} to be healthy`, timeoutMs: 180_000 },
      ),
    envFile: () => readFile(join(folder, '.env'), 'utf8'),
  };
}

/** An engine that this check has started cannot give RabbitMQ a higher limit of open files than it has itself. */
async function lowerFileLimit(engine, folder) {
  const mayOpen = Number(await run('sh', ['-c', 'ulimit -Hn']));
  const asked = /nofile:\s+soft: (\d+)/.exec(await readFile(join(folder, 'docker-compose.yml'), 'utf8'))?.[1];
  if (!engine.isOwn || asked === undefined || !(mayOpen < Number(asked))) return;
  const limits = { nofile: { soft: mayOpen, hard: mayOpen } };
  await writeFile(
    join(folder, 'docker-compose.override.yml'),
    JSON.stringify({ services: { rabbitmq: { ulimits: limits } } }),
  );
}

/** Removes everything of a project, also when its folder is gone. */
export async function removeProject({ engine, project }) {
  const label = `label=com.docker.compose.project=${project}`;
  for (const [list, remove] of [
    [
      ['ps', '-aq'],
      ['rm', '-fv'],
    ],
    [
      ['network', 'ls', '-q'],
      ['network', 'rm'],
    ],
    [
      ['volume', 'ls', '-q'],
      ['volume', 'rm', '-f'],
    ],
  ]) {
    const ids = (await engine.cleanUp(...list, '--filter', label)).split('\n').filter(Boolean);
    if (ids.length > 0) await engine.cleanUp(...remove, ...ids);
  }
}

export async function removeImages(engine) {
  const images = (await engine.cleanUp('images', '-q', `${imagesPrefix}/*`)).split('\n').filter(Boolean);
  if (images.length > 0) await engine.cleanUp('rmi', '-f', ...new Set(images));
}
