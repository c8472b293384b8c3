import { isDeepStrictEqual } from 'node:util';
import { secretWords } from '@callbus/contracts/subscriptions/sealed-headers';
import type { Logger } from '@callbus/runtime/observability/logger';
import type pg from 'pg';
import { inLongTransaction, type Pool } from '../database/pool.js';
import type { SealHeaders, StoredHeaders } from './seal-headers.js';

type Row = StoredHeaders & { readonly id: number };

const pageRows = 500;

/**
 * Converts headers that earlier processes stored to the form in which this process stores them: secret values in clear
 * text are sealed. Workers get the new form with their next listing. Their callbacks stay the same.
 */
export async function sealStoredHeaders(options: {
  pool: Pool;
  sealHeaders: SealHeaders;
  logger: Logger;
}): Promise<void> {
  const { pool, sealHeaders, logger } = options;
  let changed = 0;

  /** @returns the id after which the next page begins */
  async function sealPage(client: pg.ClientBase, after: number): Promise<number | undefined> {
    const { rows } = await client.query<Row>(
      `SELECT id, headers, secrets FROM subscriptions WHERE id > $1 AND headers::text ~* $2
       ORDER BY id LIMIT ${pageRows} FOR UPDATE`,
      [after, secretWords],
    );
    const sealed = rows
      .map(({ id, ...before }) => ({ id, before, ...sealHeaders.sealStored(before) }))
      .filter(({ before, headers }) => !isDeepStrictEqual(headers, before.headers));
    await client.query(
      `UPDATE subscriptions SET headers = sealed.headers, secrets = sealed.secrets
       FROM json_to_recordset($1) AS sealed (id bigint, headers json, secrets json) WHERE subscriptions.id = sealed.id`,
      [JSON.stringify(sealed.map(({ id, headers, secrets }) => ({ id, headers, secrets })))],
    );
    changed += sealed.length;
    return rows.at(-1)?.id;
  }

  for (let after: number | undefined = 0; after !== undefined;) {
    const from: number = after;
    after = await inLongTransaction(pool, (client) => sealPage(client, from));
  }
  if (changed > 0) logger.info({ subscriptions: changed }, 'converted stored headers to the form of MESSAGE_FORMAT');
}
