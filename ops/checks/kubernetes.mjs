// Renders every overlay and every component, and checks each object twice: as a literal of its TypeScript type, which
// refuses unknown and missing fields, and by the compiled JSON schema where the package has one.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { schemaOf } from './kinds.mjs';
import { createOutcome } from './outcome.mjs';
import { pin } from '../../scripts/build-images.mjs';
import { checkPolicies, checkServers } from './kubernetes-policies.mjs';
import { pathTo, read } from './repository.mjs';

const outcome = createOutcome('Kubernetes');
const workspace = mkdtempSync(join(import.meta.dirname, '.rendered-'));
const components = [
  'keda/amqp',
  'keda/prometheus',
  'hpa',
  'gateway/http-route',
  'gateway/ingress',
  'monitoring',
  'network-policy',
  'backup',
];

function renderer() {
  for (const command of [
    ['kustomize', 'build'],
    ['kubectl', 'kustomize'],
  ]) {
    if (spawnSync(command[0], ['--help']).error === undefined) return command;
  }
  throw new Error('install kustomize or kubectl: Debian has no version that knows components');
}

function render(folder) {
  const [command, ...args] = renderer();
  const { status, stdout, stderr } = spawnSync(command, [...args, folder], { encoding: 'utf8', maxBuffer: 64e6 });
  if (status !== 0) {
    outcome.fault(`${folder}: ${stderr.trim()}`);
    return [];
  }
  if (stderr !== '') outcome.fault(`${folder}: ${stderr.trim()}`);
  return parseAllDocuments(stdout).map((document) => document.toJS());
}

/** Renders a component on the base. */
function renderComponent(name) {
  const folder = join(workspace, name.replace('/', '-'));
  mkdirSync(folder);
  const up = '../../../..';
  writeFileSync(
    join(folder, 'kustomization.yaml'),
    `namespace: callbus\nresources: [${up}/k8s/base]\ncomponents: [${up}/k8s/components/${name}]\n`,
  );
  return render(folder);
}

/** Renders the production overlay as an installation with settings and images of its own. */
function renderInstallation() {
  const tree = join(workspace, 'installation');
  for (const folder of ['k8s', 'ops/grafana']) cpSync(pathTo(folder), join(tree, folder), { recursive: true });
  const settings = read('k8s/overlays/production/installation.env').replaceAll(/^(\w[\w-]*)=.*$/gm, '$1=my-$1');
  writeFileSync(join(tree, 'k8s/overlays/production/installation.env'), settings);
  const images = ['ingest', 'subscription', 'delivery'].map((service, index) => {
    return { service, name: `my-registry/${service}`, digest: `sha256:${String(index).repeat(64)}` };
  });
  writeFileSync(join(tree, 'k8s/images/kustomization.yaml'), pin(read('k8s/images/kustomization.yaml'), images));
  const names = [...settings.matchAll(/^([\w-]+)=/gm)].map(([, name]) => name);
  return { list: render(join(tree, 'k8s/overlays/production')), names, images };
}

/** Every setting of an installation reaches an object, and nothing of the example is left. */
function checkInstallation() {
  const { list, names, images } = renderInstallation();
  const text = JSON.stringify(list);
  for (const name of names)
    outcome.expect(new RegExp(`my-${name}(?![\\w-])`).test(text), `installation.env: ${name} is not used`);
  for (const { name, digest } of images)
    outcome.expect(text.includes(`${name}@${digest}`), `k8s/images: ${name} is not pinned`);
  for (const example of ['example.com', 'registry.invalid'])
    outcome.expect(!text.includes(example), `installation.env: ${example} is left`);
}

/** @returns the keys of each Secret that scripts/make-secrets.mjs prints */
function secretsMade(...args) {
  const script = pathTo('scripts/make-secrets.mjs');
  const { stdout } = spawnSync(process.execPath, [script, '--kubernetes', ...args], { encoding: 'utf8' });
  const documents = parseAllDocuments(stdout).map((document) => document.toJS());
  outcome.expect(documents[0]?.kind === 'Namespace', 'make-secrets.mjs: the namespace is not first');
  const secrets = documents.filter(({ kind }) => kind === 'Secret');
  return new Map(secrets.map(({ metadata, stringData }) => [metadata.name, Object.keys(stringData)]));
}

const prelude = `
// In manifests enumerations of cdk8s are strings, its quantities are plain values, and abbreviations are upper-case.
type Plain<T> = T extends string ? \`\${T}\` : T extends (infer Item)[] ? Plain<Item>[]
  : T extends { readonly value: string | number } ? (keyof T extends 'value' ? string | number : { [Key in keyof T]: Plain<T[Key]> })
  : T extends object ? { [Key in keyof T as Key extends 'isWalArchiver' ? 'isWALArchiver' : Key]: Plain<T[Key]> } : T;
type Cnpg<Kind, Spec> = { apiVersion: 'postgresql.cnpg.io/v1'; kind: Kind; metadata: { name: string; namespace: string }; spec: Plain<Spec> };
`;

const compilerOptions = {
  module: 'nodenext',
  moduleResolution: 'nodenext',
  target: 'es2023',
  lib: ['es2023'],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
};

/** @param objects as `{ name, object }` @returns the compiler's errors, by name of the object */
function refusedByType(objects) {
  const file = join(import.meta.dirname, '.rendered-objects.mts');
  const lines = objects.map(
    ({ object }, index) => `export const o${index}: ${schemaOf(object)?.type} = ${JSON.stringify(object)};`,
  );
  const preludeLines = prelude.split('\n').length;
  writeFileSync(file, `${prelude}\n${lines.join('\n')}\n`);
  const project = join(import.meta.dirname, '.rendered-tsconfig.json');
  writeFileSync(project, JSON.stringify({ compilerOptions, files: [file] }));
  const compiler = pathTo('node_modules/@typescript/native/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  rmSync(file);
  rmSync(project);
  const refused = new Map();
  for (const line of stdout.split('\n')) {
    const found = /objects\.mts\((\d+),\d+\): error \w+: (.*)/.exec(line);
    if (found === null) continue;
    const [, at, what] = found;
    refused.set(objects[Number(at) - preludeLines - 1]?.name ?? 'prelude', what);
  }
  if (status !== 0 && refused.size === 0) refused.set('tsc', stdout);
  return refused;
}

async function refusedBySchema({ object }) {
  const module = schemaOf(object)?.module;
  if (module === undefined) return undefined;
  const Kind = (await import(module))[object.kind];
  try {
    new Kind(object).validate();
    return undefined;
  } catch (error) {
    return error.message;
  }
}

/** @returns the objects with an unknown field, which must all be refused; this checks the check */
function withUnknownField(objects) {
  const copies = [];
  for (const { name, object } of objects) {
    const copy = structuredClone(object);
    const place = copy.kind === 'Deployment' ? copy.spec.template.spec.containers[0] : (copy.spec ?? copy);
    place.unknownField = 1;
    copies.push({ name, object: copy });
  }
  return copies;
}

try {
  const rendered = [
    ...readdirSync(pathTo('k8s/overlays')).map((name) => [`overlays/${name}`, render(pathTo('k8s/overlays', name))]),
    ...components.map((name) => [`components/${name}`, renderComponent(name)]),
  ];
  const made = { 'overlays/production': secretsMade(), 'overlays/dev': secretsMade('--dev') };
  const objects = new Map();
  for (const [place, list] of rendered) {
    outcome.expect(list.length > 0, `${place}: renders nothing`);
    for (const object of list) {
      const name = `${place}: ${object.kind} ${object.metadata.name}`;
      if (schemaOf(object) === undefined) outcome.fault(`${name}: no schema for ${object.apiVersion}`);
      // All renderings contain the base. Equal objects are checked once.
      else objects.set(JSON.stringify(object), { name, object });
    }
    checkPolicies(place, list, made[place], outcome);
  }
  const production = rendered.find(([place]) => place === 'overlays/production')?.[1] ?? [];
  if (production.length > 0) checkServers(production, outcome);
  checkInstallation();
  const all = [...objects.values()];
  for (const [name, what] of refusedByType(all)) outcome.fault(`${name}: ${what}`);
  for (const one of all) {
    const what = await refusedBySchema(one);
    if (what !== undefined) outcome.fault(`${one.name}: ${what}`);
  }
  const refused = refusedByType(withUnknownField(all));
  for (const { name } of all) outcome.expect(refused.has(name), `${name}: an unknown field was not refused`);

  const bySource = new Map();
  for (const { object } of all) {
    const source = schemaOf(object)?.source;
    bySource.set(source, (bySource.get(source) ?? 0) + 1);
  }
  const counts = [...bySource].map(([source, count]) => `${count} by ${source}`).join(', ');
  outcome.tell(
    `${rendered.length} renderings, ${all.length} different objects checked (${counts}); unknown fields are refused`,
  );
  console.log(
    "  No package has the schemas of RabbitMQ's operators and of the Barman Cloud plug-in; their kinds are checked against types written by hand.",
  );
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
