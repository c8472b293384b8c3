import { readFile } from 'node:fs/promises';
import { deliverySettings } from '@callbus/delivery/settings';
import { ingestSettings } from '@callbus/ingest/settings';
import { subscriptionSettings } from '@callbus/subscription/settings';
import { expect, test } from '@jest/globals';
import { standaloneSettings } from '@callbus/standalone/settings';

/** Settings of every service that concern only some of them. */
const ofEveryService = {
  DRAIN_TIMEOUT: 'I S D',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'I D',
  OTEL_TRACES_SAMPLER_ARG: 'I D',
};
/** Settings of others that are read only to refuse a start. */
const notOurs = ['NODE_ENV'];

test('docs/operations/configuration.md names every setting and the services that read it', async () => {
  const document = await readFile(new URL('../../../../docs/operations/configuration.md', import.meta.url), 'utf8');
  const rows = Array.from(document.matchAll(/^\| `([A-Z_]+)` +\| ([ISDX ]+?) +\|/gm), ([, name = '', by = '']) => [
    name,
    by,
  ]);
  const services = { I: ingestSettings, S: subscriptionSettings, D: deliverySettings };
  const readersOf = (name: string) => {
    const readers = Object.entries(services).flatMap(([letter, settings]) => (name in settings ? letter : []));
    return readers.length > 0 ? readers.join(' ') : 'X';
  };
  const names = [...new Set([standaloneSettings, ...Object.values(services)].flatMap(Object.keys))];
  const expected = names.filter((name) => !notOurs.includes(name)).map((name) => [name, readersOf(name)]);
  expect(Object.fromEntries(rows)).toEqual({ ...Object.fromEntries(expected), ...ofEveryService });
});
