import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { isSigningSecret } from '@callbus/contracts/subscriptions/sealed-headers';
import type { SealedSecret } from '@callbus/contracts/subscriptions/subscription';
import pg from 'pg';
import { clockFinding, connectionFinding, fault, fine, versionFinding, type Finding } from './finding.js';

const leastVersion = '13';
const timeoutMs = 5_000;

export interface PostgresOptions {
  readonly url: string;
  readonly ca: string | undefined;
  readonly secretsKey: string | undefined;
  readonly previousSecretsKey: string | undefined;
}

/** Looks at the database without changing it. */
export async function checkPostgres(options: PostgresOptions): Promise<Finding[]> {
  const { url, ca } = options;
  if (!URL.canParse(url)) return [fault('settings', 'DATABASE_URL is no URL', 'correct the setting')];
  let client: pg.Client;
  try {
    client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      ...(ca !== undefined && { ssl: { ca } }),
    });
    client.on('error', () => undefined);
    await client.connect();
  } catch (error) {
    return [refusalOf(error)];
  }
  try {
    const { rows } = await client.query<{
      version: string;
      ms: number;
      read_only: string;
      bytes: string;
      table: string | null;
    }>(
      `SELECT current_setting('server_version') AS version, extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms,
         CASE WHEN pg_is_in_recovery() THEN 'on' ELSE current_setting('transaction_read_only') END AS read_only,
         pg_size_pretty(pg_database_size(current_database())) AS bytes, to_regclass('subscriptions')::text AS table`,
    );
    const [found] = rows;
    if (found === undefined) return [];
    return [
      fine('Postgres', `reached, ${found.bytes}`),
      versionFinding('Postgres', found.version, leastVersion),
      clockFinding('Postgres', found.ms),
      found.read_only === 'on'
        ? fault(
            'Postgres',
            'it takes no changes: a stand-by, or made read-only',
            'connect to the primary, or make it writable',
          )
        : fine('Postgres', 'takes changes'),
      ...(found.table === null
        ? [
            fault(
              'Postgres',
              'it has no subscriptions table',
              'start the service subscription, or correct DATABASE_URL',
            ),
          ]
        : await checkSecrets(client, options)),
    ];
  } finally {
    await client.end();
  }
}

function refusalOf(error: unknown): Finding {
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  if (code === '28P01' || code === '28000')
    return fault('Postgres', 'it refuses user and password', 'correct DATABASE_URL, or ALTER ROLE … PASSWORD');
  if (code === '3D000') return fault('Postgres', 'it has no such database', 'correct DATABASE_URL, or CREATE DATABASE');
  return connectionFinding('Postgres', 'DATABASE_URL', error);
}

/** Tries whether SECRETS_KEY opens what is stored. */
async function checkSecrets(client: pg.Client, options: PostgresOptions): Promise<Finding[]> {
  const { secretsKey, previousSecretsKey } = options;
  const { rows } = await client.query<{ secrets: readonly SealedSecret[] }>(
    `SELECT secrets FROM subscriptions WHERE secrets::text <> '[]' ORDER BY revision DESC LIMIT 20`,
  );
  const sealed = rows.flatMap(({ secrets }) => secrets.filter(isSigningSecret));
  if (sealed.length === 0) return [fine('settings', 'no secrets are stored')];
  if (secretsKey === undefined)
    return [
      fault('settings', 'secrets are stored, and SECRETS_KEY is not set', 'set SECRETS_KEY as the services have it'),
    ];
  const box = createSecretBox(secretsKey, previousSecretsKey);
  const closed = sealed.filter((each) => !opens(() => box.open(each.sealed)));
  return closed.length === 0
    ? [fine('settings', 'SECRETS_KEY opens the newest secrets')]
    : [
        fault(
          'settings',
          `SECRETS_KEY does not open ${closed.length} of the newest ${sealed.length} secrets`,
          'set the key with which they were sealed as SECRETS_KEY, or beside a new one as SECRETS_KEY_PREVIOUS',
        ),
      ];
}

function opens(open: () => unknown): boolean {
  try {
    open();
    return true;
  } catch {
    return false;
  }
}
