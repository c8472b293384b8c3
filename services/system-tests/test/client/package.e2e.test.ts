import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, SourceTextModule, type Module } from 'node:vm';
import type * as clientModule from '@callbus/client';
import type * as receiverModule from '@callbus/client/receiver';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApis, type OpenApis } from '../support/open-apis.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const limitMs = 120_000;

let apis: OpenApis;
/** A fresh project, in which the packed client is installed. */
let project: string;

beforeAll(async () => {
  apis = await openApis();
  project = await mkdtemp(join(tmpdir(), 'callbus-package-'));
  const client = join(root, 'libs/client');
  const openapiFetch = await realpath(join(client, 'node_modules/openapi-fetch'));
  const helpers = await realpath(join(openapiFetch, '../openapi-typescript-helpers'));
  const archives: string[] = [];
  for (const [index, folder] of [client, openapiFetch, helpers].entries()) {
    // pnpm links equal files to each other, which npm would leave out of an archive.
    const cwd = join(project, `source-${index}`);
    await cp(folder, cwd, { recursive: true, filter: (file) => !file.startsWith(join(folder, 'node_modules')) });
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd });
    archives.push(join(project, (JSON.parse(stdout) as { filename: string }[])[0]!.filename));
  }
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  // The dependencies are archives too, so that the test needs no registry.
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...archives], { cwd: project });
}, limitMs);
afterAll(async () => {
  await apis.close();
  await rm(project, { recursive: true });
});

const installed = (file = '') => join(project, 'node_modules/@callbus/client', file);

test('the package has programs, types, a licence and a README without dead links, and openapi-fetch as its only dependency', async () => {
  const { dependencies } = JSON.parse(await readFile(installed('package.json'), 'utf8')) as { dependencies: object };
  expect(Object.keys(dependencies)).toEqual(['openapi-fetch']);
  expect((await readdir(installed())).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
  expect(await readFile(installed('README.md'), 'utf8')).not.toMatch(/\]\(\.\.?\//);
  const files = await readdir(installed('dist'), { recursive: true });
  expect(files).toEqual(expect.arrayContaining(['main.js', 'main.d.ts', 'receiver.js', 'receiver.d.ts', 'api.d.ts']));
  expect(files.filter((file) => file.includes('.') && !/\.(js|d\.ts)$/.test(file))).toEqual([]);
});

const program = `
import { answerOf, CallbusError, createClient, type Outcome } from '@callbus/client';
import { readCallback, verify, type Verdict } from '@callbus/client/receiver';

const url = process.env['BUS_URL'] ?? '';
const client = createClient({ url, gather: true });
const event = { source: 'fresh', type: 'project', data: { a: 1 } };
const { id, repeated } = await client.publish({ ...event, id: 'one' });
const outcomes: Outcome<typeof event>[] = [];
for await (const outcome of client.publishMany([event, event])) outcomes.push(outcome);
const { status } = await answerOf(client.api.GET('/healthz'));
const refused = await client.publish({ ...event, source: '' }).catch((error: unknown) => error);
const verdict: Verdict = await verify({}, '', { secret: 'whsec_' });
const { events } = readCallback({ 'content-type': 'application/cloudevents+json' }, '{"specversion":"1.0","id":"1","source":"s","type":"t"}');
await client.close();
// @ts-expect-error an event needs a type
const wrong: Parameters<typeof client.publish>[0] = { source: 'fresh' };
console.log(JSON.stringify({
  id, repeated, wrong, status,
  published: outcomes.filter(({ error }) => error === undefined).length,
  code: refused instanceof CallbusError ? refused.code : undefined,
  reason: verdict.ok ? undefined : verdict.reason,
  source: events[0]?.source,
}));
`;

/** Compiles files of the project by each way in which a project may resolve modules. */
async function compile(...files: string[]): Promise<void> {
  await writeFile(
    join(project, 'process.d.ts'),
    'declare const process: { env: { [name: string]: string | undefined } };',
  );
  const lib = ['--lib', 'es2023,dom,dom.iterable,dom.asynciterable', '--types', ''];
  for (const [module, resolution] of [
    ['esnext', 'bundler'],
    ['nodenext', 'nodenext'],
  ] as const) {
    const options = ['--strict', '--target', 'es2022', ...lib, '--module', module, '--moduleResolution', resolution];
    const tsc = join(root, 'node_modules/@typescript/native/bin/tsc');
    await run(process.execPath, [tsc, ...options, ...files, 'process.d.ts'], { cwd: project }).catch(
      (error: unknown) => {
        throw new Error((error as { stdout: string }).stdout);
      },
    );
  }
}

test(
  'a fresh project uses it, with types',
  async () => {
    await writeFile(join(project, 'program.ts'), program);
    await compile('program.ts');
    const { stdout } = await run(process.execPath, ['program.js'], {
      cwd: project,
      env: { ...process.env, BUS_URL: apis.url },
    });
    expect(JSON.parse(stdout)).toEqual({
      id: 'one',
      repeated: false,
      wrong: { source: 'fresh' },
      status: 'ok',
      published: 2,
      code: 'INVALID_PARAMETER',
      reason: 'headers',
      source: 's',
    });
  },
  limitMs,
);

/** What the snippets of the README take for granted. */
const givens = `
declare const events: import('@callbus/client').CloudEvent[];
declare const app: { use(path: string, handler: unknown): void; register(plugin: unknown, options: object): void };
declare function store(id: string, event: object): Promise<void>;
`;

test(
  'the snippets of its README compile',
  async () => {
    const readme = await readFile(installed('README.md'), 'utf8');
    const snippets = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
    expect(snippets).toHaveLength(3);
    const files = snippets.map((_, index) => `readme-${index}.ts`);
    for (const [index, file] of files.entries())
      await writeFile(join(project, file), `${snippets[index] ?? ''}${givens}`);
    await compile(...files);
  },
  limitMs,
);

/** What every browser has. */
const webGlobals = {
  AbortSignal,
  atob,
  btoa,
  clearTimeout,
  crypto,
  fetch,
  FormData,
  Headers,
  performance,
  Request,
  Response,
};
const moreWebGlobals = { setTimeout, TextDecoder, TextEncoder, URL, URLSearchParams };

test('it runs without anything of Node', async () => {
  const context = createContext({ ...webGlobals, ...moreWebGlobals, Uint8Array, ArrayBuffer });
  const modules = new Map<string, Module>();

  async function load(file: string): Promise<Module> {
    const known = modules.get(file);
    if (known !== undefined) return known;
    const module = new SourceTextModule(await readFile(file, 'utf8'), { identifier: file, context });
    modules.set(file, module);
    return module;
  }
  async function link(specifier: string, { identifier }: Module): Promise<Module> {
    if (specifier.startsWith('.')) return load(join(identifier, '..', specifier));
    // Any other import would be one of Node, or a dependency that the package does not have.
    expect(specifier).toBe('openapi-fetch');
    return load(join(project, 'node_modules/openapi-fetch/dist/index.mjs'));
  }

  for (const entry of ['main.js', 'receiver.js']) {
    const module = await load(installed(`dist/${entry}`));
    await module.link(link);
    await module.evaluate();
  }
  const { createClient } = modules.get(installed('dist/main.js'))!.namespace as typeof clientModule;
  const { verify } = modules.get(installed('dist/receiver.js'))!.namespace as typeof receiverModule;
  const client = createClient({ url: apis.url, gather: true });
  const published = await Promise.all([1, 2, 3].map((data) => client.publish({ source: 'web', type: 't', data })));
  expect(published).toHaveLength(3);
  await client.close();
  const secret = `whsec_${btoa('x'.repeat(24))}`;
  const headers = { 'webhook-id': 'a', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' };
  expect(await verify(headers, '{}', { secret })).toMatchObject({ ok: false, reason: 'secret' });
});
