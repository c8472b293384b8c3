import pg from 'pg';

interface UndeliveredRow {
  readonly subscription_id: string | null;
  readonly event_id: string | null;
  readonly reason: string;
  readonly bytes: number;
}

/** @returns the undelivered deliveries in the database, oldest first */
export async function undeliveredRows(databaseUrl: string): Promise<UndeliveredRow[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<UndeliveredRow>(
      'SELECT subscription_id, event_id, reason, length(body) AS bytes FROM undelivered ORDER BY failed_at',
    );
    return rows;
  } finally {
    await client.end();
  }
}
