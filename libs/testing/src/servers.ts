import { userInfo } from 'node:os';
import { handshakes } from './handshakes.js';
import { serverVariables } from './server-variables.js';

type Server = keyof typeof serverVariables;

/** Where a server was found, and how to stop it when it was started for the occasion. */
interface Found {
  readonly url: string;
  readonly how: string;
  stop?(): Promise<void>;
}

const standardUrls: Readonly<Record<Server, readonly string[]>> = {
  amqp: ['amqp://guest:guest@127.0.0.1:5672'],
  database: ['postgres:postgres', 'postgres', 'root', userInfo().username].map(
    (user) => `postgres://${user}@127.0.0.1:5432/postgres`,
  ),
  redis: ['redis://127.0.0.1:6379'],
};

export async function findServers() {
  const [amqp, database, redis] = await Promise.all([findServer('amqp'), findServer('database'), findServer('redis')]);
  for (const [server, found] of Object.entries({ amqp, database, redis })) {
    process.stderr.write(`${server}: ${found.url} (${found.how})\n`);
  }
  process.env[serverVariables.amqp] = amqp.url;
  process.env[serverVariables.database] = database.url;
  process.env[serverVariables.redis] = redis.url;
  return {
    urls: { amqp: amqp.url, database: database.url, redis: redis.url },
    stop: async () => {
      await Promise.all([amqp.stop?.(), database.stop?.(), redis.stop?.()]);
    },
  };
}

async function findServer(server: Server): Promise<Found> {
  return (await named(server)) ?? (await standard(server)) ?? fail(server);
}

async function named(server: Server): Promise<Found | undefined> {
  const url = process.env[serverVariables[server]];
  if (url === undefined || url === '') return undefined;
  await handshakes[server](url);
  return { url, how: serverVariables[server] };
}

async function standard(server: Server): Promise<Found | undefined> {
  for (const url of standardUrls[server]) {
    try {
      await handshakes[server](url);
      return { url, how: 'the standard port' };
    } catch {
      // The next one may answer.
    }
  }
  return undefined;
}

function fail(server: Server): never {
  throw new Error(`no server: set ${serverVariables[server]}`);
}
