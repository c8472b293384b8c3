import { randomBytes } from 'node:crypto';
import { deleteDatabase, createDatabase, databaseUrlOf } from './servers/databases.js';
import { deleteKeys } from './redis-keys.js';
import { notePlace } from './places.js';
import { deleteTopology } from './rabbitmq/rabbitmq-objects.js';

/** A part of the shared servers that belongs to one test file. */
export interface Place {
  readonly amqpUrl: string;
  /** For BROKER_PREFIX, such as `t3f9a61c2.`. */
  readonly brokerPrefix: string;
  /** An empty database for this file alone if one was requested, else the server's. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** For REDIS_PREFIX, such as `t3f9a61c2:`. */
  readonly redisPrefix: string;
  /** Deletes the queues, exchanges and keys under the prefixes, and drops the database. */
  cleanUp(): Promise<void>;
}

/** @throws when jest's global set-up has not looked up the servers */
export async function isolate(options: { database?: boolean } = {}): Promise<Place> {
  const token = `t${randomBytes(4).toString('hex')}`;
  const amqpUrl = readVariable('TEST_AMQP_URL');
  const serverUrl = readVariable('TEST_DATABASE_URL');
  const redisUrl = readVariable('TEST_REDIS_URL');
  const names = { brokerPrefix: `${token}.`, redisPrefix: `${token}:`, database: `callbus_test_${token}` };
  await notePlace(names);

  const { database = false } = options;
  if (database) await createDatabase(serverUrl, names.database);
  return {
    amqpUrl,
    brokerPrefix: names.brokerPrefix,
    databaseUrl: database ? databaseUrlOf(serverUrl, names.database) : serverUrl,
    redisUrl,
    redisPrefix: names.redisPrefix,
    cleanUp: async () => {
      await Promise.all([
        deleteTopology(amqpUrl, names.brokerPrefix),
        deleteKeys(redisUrl, names.redisPrefix),
        database && deleteDatabase(serverUrl, names.database),
      ]);
    },
  };
}

function readVariable(name: string): string {
  const url = process.env[name];
  if (url === undefined || url === '') throw new Error(`${name} is not set: run the tests through jest`);
  return url;
}
