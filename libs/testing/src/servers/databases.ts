import pg from 'pg';

export async function createDatabase(serverUrl: string, name: string): Promise<void> {
  // No client can be connected to template0, so several test files may copy it at once.
  await query(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
}

/** Deletes the database even while clients are connected. */
export async function deleteDatabase(serverUrl: string, name: string): Promise<void> {
  await query(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** @returns which of the names are databases of the server */
export async function findDatabases(serverUrl: string, names: readonly string[]): Promise<string[]> {
  const rows = await query(serverUrl, 'SELECT datname FROM pg_database WHERE datname = ANY ($1)', [names]);
  return rows.map((row) => String(row['datname']));
}

export function databaseUrlOf(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs one statement over its own connection. */
export async function query(
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement, values)).rows;
  } finally {
    await client.end();
  }
}
