import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDatabases } from './servers/databases.js';
import { findTopology } from './rabbitmq/rabbitmq-objects.js';
import { findKeys } from './redis-keys.js';

const registryVariable = 'CALLBUS_TEST_PLACES';

interface PlaceNames {
  readonly brokerPrefix: string;
  readonly redisPrefix: string;
  readonly database: string;
}

/** Opens the list of the run's places. The list is a directory, because each test file runs in its own process. */
export async function openRegistry(): Promise<void> {
  process.env[registryVariable] = await mkdtemp(join(tmpdir(), 'callbus-places-'));
}

export async function notePlace(names: PlaceNames): Promise<void> {
  const registry = process.env[registryVariable];
  if (registry !== undefined) await writeFile(join(registry, names.database), JSON.stringify(names));
}

/** @returns the objects that the run's places left behind on the servers, one line each */
export async function closeRegistry(urls: { amqp: string; database: string; redis: string }): Promise<string[]> {
  const registry = process.env[registryVariable];
  if (registry === undefined) return [];
  const files = await readdir(registry);
  const texts = await Promise.all(files.map((file) => readFile(join(registry, file), 'utf8')));
  await rm(registry, { recursive: true });
  if (texts.length === 0) return [];

  const places = texts.map((text) => JSON.parse(text) as PlaceNames);
  const [objects, databases, keys] = await Promise.all([
    findTopology(
      urls.amqp,
      places.map((place) => place.brokerPrefix),
    ),
    findDatabases(
      urls.database,
      places.map((place) => place.database),
    ),
    findKeys(
      urls.redis,
      places.map((place) => place.redisPrefix),
    ),
  ]);
  return [...objects, ...databases.map((name) => `database ${name}`), ...keys.map((key) => `Redis key ${key}`)];
}
