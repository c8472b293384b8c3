import { readFile } from 'node:fs/promises';
import { undeliveredReasons } from '@callbus/contracts/deliveries/undelivered';
import { attemptOutcomes } from '@callbus/statistics/statistics';
import { expect, test } from '@jest/globals';

const read = (file: string) => readFile(new URL(`../../../../${file}`, import.meta.url), 'utf8');

async function codesIn(source: string, code: RegExp): Promise<string[]> {
  const codes = Array.from((await read(source)).matchAll(code), ([, found = '']) => found);
  expect(codes.length).toBeGreaterThan(0);
  return [...new Set(codes)];
}

async function missingIn(document: string, words: readonly string[]): Promise<string[]> {
  const text = await read(document);
  return words.filter((word) => !new RegExp(`\\b${word}\\b`).test(text));
}

test('docs/why-not.md names every reason and every outcome', async () => {
  const rows = [...undeliveredReasons, ...attemptOutcomes].map((word) => `| \`${word}\` `);
  const text = await read('docs/why-not.md');
  expect(rows.filter((row) => !text.includes(row))).toEqual([]);
});

test('docs/publishing.md names every code of the event bus and of CloudEvents', async () => {
  const codes = await codesIn('services/ingest/src/errors.ts', /code: '([A-Z_]+)'/g);
  expect(await missingIn('docs/publishing.md', codes)).toEqual([]);
});

test('docs/subscribing.md names every code of the subscription API', async () => {
  const codes = await codesIn('services/subscription/src/http/errors.ts', /code: (\d{7})\b/g);
  expect(await missingIn('docs/subscribing.md', codes)).toEqual([]);
});
