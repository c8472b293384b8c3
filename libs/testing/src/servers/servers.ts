import { userInfo } from 'node:os';
import { handshakes } from '../network/handshakes.js';
import { startEmbeddedPostgres, startPostgresContainer } from './private-postgres.js';
import { startRabbitmqContainer, startRabbitmqPackage } from './private-rabbitmq.js';
import { startRedisContainer, startRedisPackage } from './private-redis.js';
import type { PrivateServer } from './private-server.js';

/** The ways to one of the servers, in the order in which they are tried. */
interface Ways {
  readonly name: string;
  /** The environment variable with the server's URL, for `findServers` and for the tests. */
  readonly variable: string;
  readonly inDocker: () => Promise<PrivateServer | undefined>;
  readonly standardUrls: readonly string[];
  readonly fromPackage: () => Promise<PrivateServer | undefined>;
  readonly handshake: (url: string) => Promise<void>;
}

interface Found {
  readonly url: string;
  readonly where: string;
  /** Set only for a server that was started for this run. */
  readonly remove?: () => Promise<void>;
}

const rabbitmq: Ways = {
  name: 'RabbitMQ',
  variable: 'TEST_AMQP_URL',
  inDocker: startRabbitmqContainer,
  standardUrls: ['amqp://guest:guest@127.0.0.1:5672'],
  fromPackage: startRabbitmqPackage,
  handshake: handshakes.amqp,
};

const postgres: Ways = {
  name: 'Postgres',
  variable: 'TEST_DATABASE_URL',
  inDocker: startPostgresContainer,
  standardUrls: ['postgres:postgres', 'postgres', 'root', userInfo().username].map(
    (user) => `postgres://${user}@127.0.0.1:5432/postgres`,
  ),
  fromPackage: startEmbeddedPostgres,
  handshake: handshakes.database,
};

const redis: Ways = {
  name: 'Redis',
  variable: 'TEST_REDIS_URL',
  inDocker: startRedisContainer,
  standardUrls: ['redis://127.0.0.1:6379'],
  fromPackage: startRedisPackage,
  handshake: handshakes.redis,
};

/**
 * Finds or starts each of the three servers, prints on standard error where they are, and sets their environment
 * variables.
 *
 * @throws when one of them can be neither found nor started
 */
export async function findServers() {
  const found = await Promise.all([findServer(rabbitmq), findServer(postgres), findServer(redis)]);
  const [{ url: amqp }, { url: database }, { url: cache }] = found;
  return {
    urls: { amqp, database, redis: cache },
    remove: async () => {
      await Promise.all(found.map(async ({ remove }) => remove?.()));
    },
  };
}

async function findServer(ways: Ways): Promise<Found> {
  const found =
    (await named(ways)) ??
    (await started('in Docker', ways.inDocker)) ??
    (await listening(ways)) ??
    (await started('started for this run', ways.fromPackage)) ??
    giveUp(ways);
  process.stderr.write(`${ways.name}: ${found.url} (${found.where})\n`);
  process.env[ways.variable] = found.url;
  return found;
}

async function named({ name, variable, handshake }: Ways): Promise<Found | undefined> {
  const url = process.env[variable];
  if (url === undefined || url === '') return undefined;
  await handshake(url).catch((cause: unknown) => {
    throw new Error(`${name} does not answer at ${variable}`, { cause });
  });
  return { url, where: variable };
}

async function listening({ standardUrls, handshake }: Ways): Promise<Found | undefined> {
  for (const url of standardUrls) {
    const answers = await handshake(url).then(
      () => true,
      () => false,
    );
    if (answers) return { url, where: 'answers on the standard port' };
  }
  return undefined;
}

async function started(where: string, start: Ways['inDocker']): Promise<Found | undefined> {
  const server = await start();
  return server && { url: server.url, where, remove: () => server.remove() };
}

function giveUp({ name, variable }: Ways): never {
  throw new Error(
    `no ${name} for the tests: set ${variable}, or start Docker, or start ${name} on its standard port ` +
      '(on Debian, root needs none of them: it is installed)',
  );
}
