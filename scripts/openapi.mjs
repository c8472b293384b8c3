// Writes docs/openapi.json, the description of the whole API, from the routes of the services, and from it the types of the client and
// docs/asyncapi.json.
// With --check it fails when a file differs from the routes, or when the description breaks a rule of Redocly's.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createConfig, formatProblems, lintFromString } from '@redocly/openapi-core';
import typesOf, { astToString } from 'openapi-typescript';
import { describeAsync, describeWhole } from '../services/standalone/dist/api-parts.js';

const text = `${JSON.stringify(describeWhole(), undefined, 2)}\n`;
// A member with a default may be missing from a request.
const types = astToString(await typesOf(text, { defaultNonNullable: false }));
const files = [
  { name: 'docs/openapi.json', content: text },
  { name: 'docs/asyncapi.json', content: `${JSON.stringify(describeAsync(), undefined, 2)}\n` },
  { name: 'libs/client/src/api.ts', content: `// Written by npm run openapi from docs/openapi.json.\n${types}` },
].map(({ name, content }) => ({ name, content, path: fileURLToPath(new URL(`../${name}`, import.meta.url)) }));

if (process.argv.includes('--check')) {
  for (const { name, path, content } of files) {
    const written = await readFile(path, 'utf8').catch(() => '');
    if (written === content) continue;
    console.error(`${name} differs from the routes: run npm run openapi`);
    process.exitCode = 1;
  }
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: text, absoluteRef: 'docs/openapi.json', config });
  if (problems.length > 0) {
    formatProblems(problems, {
      format: 'codeframe',
      totals: { errors: problems.length, warnings: 0, ignored: 0 },
      version: '',
    });
    process.exitCode = 1;
  }
} else {
  await Promise.all(files.map(({ path, content }) => writeFile(path, content)));
}
