import { inLongTransaction, type Pool } from '../database/pool.js';
import type { StoredHeaders } from './seal-headers.js';

export type StoredRow = StoredHeaders & { readonly id: number };

const pageRows = 500;

/**
 * Converts the stored headers and secrets of subscriptions page by page, each page in a transaction. Workers get the new form with
 * their next listing. Their callbacks stay the same.
 *
 * @param options.where which rows to read, in SQL
 * @param options.convert returns undefined for a row that stays as it is
 * @returns the number of rows that were changed
 */
export async function convertStored(options: {
  pool: Pool;
  where: string;
  convert: (row: StoredRow) => StoredHeaders | undefined;
}): Promise<number> {
  const { pool, where, convert } = options;

  /** @returns the id after which the next page begins; undefined after the last page */
  const convertPage = (after: number) =>
    inLongTransaction(pool, async (client) => {
      const { rows } = await client.query<StoredRow>(
        `SELECT id, headers, secrets FROM subscriptions WHERE id > $1 AND ${where}
         ORDER BY id LIMIT ${pageRows} FOR UPDATE`,
        [after],
      );
      const converted = rows.flatMap((row) => {
        const after = convert(row);
        return after === undefined ? [] : { id: row.id, headers: after.headers, secrets: after.secrets };
      });
      await client.query(
        `UPDATE subscriptions SET headers = converted.headers, secrets = converted.secrets
         FROM json_to_recordset($1) AS converted (id bigint, headers json, secrets json) WHERE subscriptions.id = converted.id`,
        [JSON.stringify(converted)],
      );
      return { next: rows.at(-1)?.id, changed: converted.length };
    });

  let changed = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<typeof convertPage>> = await convertPage(after);
    changed += page.changed;
    after = page.next;
  }
  return changed;
}
