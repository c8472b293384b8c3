// Creates the secrets of an installation.
//   node scripts/make-secrets.mjs                for docker compose: .env, and .callbus/keys/keys.json with one key. A second
//                                                run keeps existing secrets.
//   node scripts/make-secrets.mjs --kubernetes   prints the namespace and the Secrets of the production overlay for
//                                                `kubectl create -f -`, which keeps those that exist; `kubectl apply` would
//                                                replace them, and nobody could open the stored secrets any more
//   node scripts/make-secrets.mjs --kubernetes --dev   the same for the dev overlay
// The key for callers is printed once, on standard error. Only its digest is stored.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.env.CALLBUS_ROOT ?? fileURLToPath(new URL('..', import.meta.url));

// URL-safe, because URLs contain the passwords.
const random = () => randomBytes(32).toString('base64url');

function makeKey() {
  const key = `callbus_${random()}`;
  const sha256 = createHash('sha256').update(key).digest('hex');
  return { key, keys: [{ sha256, account: '0', user: 'admin', roles: ['publish', 'manage', 'operate'] }] };
}

function tellKey(key) {
  console.error(`The key of account 0 (Authorization: Bearer ...), shown only now:\n${key}`);
}

function forCompose() {
  const envFile = join(root, '.env');
  const keysFolder = join(root, '.callbus', 'keys');
  const keysFile = join(keysFolder, 'keys.json');
  const names = [
    'RABBITMQ_PASSWORD',
    'POSTGRES_PASSWORD',
    'REDIS_PASSWORD',
    'INTERNAL_TOKEN',
    'SECRETS_KEY',
    'GRAFANA_PASSWORD',
  ];
  const old = existsSync(envFile) ? readFileSync(envFile, 'utf8') : '';
  const missing = names.filter((name) => !new RegExp(`^${name}=.`, 'm').test(old));
  keepVolumes(missing.filter((name) => storedNames.includes(name)));
  const lines = missing.map((name) => `${name}=${random()}\n`).join('');
  const separator = old === '' || old.endsWith('\n') ? '' : '\n';
  if (missing.length > 0) writeFileSync(envFile, `${old}${separator}${lines}`, { mode: 0o600 });
  console.error(missing.length > 0 ? `.env: created ${missing.join(', ')}` : '.env: complete');

  if (!existsSync(keysFile)) {
    const { key, keys } = makeKey();
    mkdirSync(keysFolder, { recursive: true });
    writeFileSync(keysFile, `${JSON.stringify(keys, undefined, 2)}\n`);
    tellKey(key);
  }
  // Only digests of random keys, which are no credentials.
  for (const path of [keysFolder, ...configurations.map((name) => join(root, 'ops', name))]) makeReadable(path);
}

/** Folders under ops that containers mount. */
const configurations = ['nginx', 'rabbitmq', 'prometheus', 'grafana'];

/** The users of the containers read these files. A strict umask would leave them to the owner of the checkout alone. */
function makeReadable(path) {
  if (!existsSync(path)) return;
  const { mode } = statSync(path);
  const isFolder = statSync(path).isDirectory();
  chmodSync(path, mode | (isFolder ? 0o555 : 0o444));
  for (const name of isFolder ? readdirSync(path) : []) makeReadable(join(path, name));
}

/** Without these secrets nobody can read the data in the volumes. */
const storedNames = ['RABBITMQ_PASSWORD', 'POSTGRES_PASSWORD', 'SECRETS_KEY'];

/** Ends the program when secrets are missing that the volumes of an installation need. */
function keepVolumes(missing) {
  const project = process.env.COMPOSE_PROJECT_NAME ?? 'callbus';
  const filter = `label=com.docker.compose.project=${project}`;
  const { status, stdout } = spawnSync('docker', ['volume', 'ls', '-q', '--filter', filter], { encoding: 'utf8' });
  const volumes = status === 0 ? stdout.split('\n').filter((name) => /_(rabbitmq|postgres)$/.test(name)) : [];
  if (missing.length === 0 || volumes.length === 0) return;
  console.error(
    `.env has no ${missing.join(', ')}, but ${volumes.join(' and ')} exist, which only their old secrets open.\n` +
      `Put the old .env back. To begin anew without what they hold: docker volume rm ${volumes.join(' ')}`,
  );
  process.exit(1);
}

function forKubernetes({ isDev }) {
  const { key, keys } = makeKey();
  const secret = (name, stringData) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'callbus' },
    type: 'Opaque',
    stringData,
  });
  const items = [
    secret('callbus', { INTERNAL_TOKEN: random(), SECRETS_KEY: random() }),
    secret('callbus-keys', { 'keys.json': JSON.stringify(keys) }),
    // In production the operators create the users of RabbitMQ and Postgres.
    secret(isDev ? 'stores' : 'redis', { password: random() }),
  ];
  const namespace = readFileSync(new URL('../k8s/namespace.yaml', import.meta.url), 'utf8');
  const documents = items.map((item) => JSON.stringify(item, undefined, 2));
  console.log([namespace.trimEnd(), ...documents].join('\n---\n'));
  tellKey(key);
  console.error('It is valid if kubectl has just created secret/callbus-keys.');
}

if (process.argv.includes('--kubernetes')) forKubernetes({ isDev: process.argv.includes('--dev') });
else forCompose();
