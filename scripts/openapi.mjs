// Writes docs/openapi.json, the description of the whole API, from the routes of the services.
// With --check it fails when the file differs from the routes, or when the description breaks a rule of Redocly's.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createConfig, formatProblems, lintFromString } from '@redocly/openapi-core';
import { describeWhole } from '../services/standalone/dist/api-parts.js';

const file = fileURLToPath(new URL('../docs/openapi.json', import.meta.url));
const text = `${JSON.stringify(describeWhole(), undefined, 2)}\n`;

if (process.argv.includes('--check')) {
  const written = await readFile(file, 'utf8').catch(() => '');
  if (written !== text) {
    console.error('docs/openapi.json differs from the routes: run npm run openapi');
    process.exitCode = 1;
  }
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: text, absoluteRef: file, config });
  if (problems.length > 0) {
    formatProblems(problems, {
      format: 'codeframe',
      totals: { errors: problems.length, warnings: 0, ignored: 0 },
      version: '',
    });
    process.exitCode = 1;
  }
} else {
  await writeFile(file, text);
}
