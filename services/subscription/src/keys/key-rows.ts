import type { Role } from '@callbus/contracts/keys/holder';
import type { KeyPage, KeyUse, StoredKey } from '@callbus/contracts/keys/stored-key';
import type { KeySource } from '@callbus/runtime/auth/stored-keys';
import type pg from 'pg';
import type { Pool } from '../database/pool.js';

interface KeyRow {
  readonly id: string;
  readonly sha256: string;
  readonly account: string;
  readonly roles: readonly Role[];
  readonly user: string;
  readonly madeBy: string;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

const columns = `id, sha256, account, roles, user_name AS "user", made_by AS "madeBy", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt"`;

const pageRows = 1_000;

/** The keys of an account that are not revoked, oldest first. */
export async function listKeys(pool: Pool, account: string): Promise<readonly KeyRow[]> {
  const { rows } = await pool.query<KeyRow>(
    `SELECT ${columns} FROM keys WHERE account = $1 AND revoked_at IS NULL ORDER BY made_at, id`,
    [account],
  );
  return rows;
}

export async function insertKey(client: pg.ClientBase, key: StoredKey, madeBy: string): Promise<void> {
  const { id, sha256, account, roles, user, expiresAt } = key;
  await client.query(
    `INSERT INTO keys (id, sha256, account, roles, user_name, made_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [id, sha256, account, roles, user, madeBy, expiresAt === null ? null : new Date(expiresAt)],
  );
}

/** @returns false for an id that the account does not have; true again for a key that is revoked already */
export async function revokeKey(pool: Pool, account: string, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    'UPDATE keys SET revoked_at = coalesce(revoked_at, now()) WHERE account = $1 AND id = $2',
    [account, id],
  );
  return rowCount === 1;
}

/** Deletes the keys that were revoked more than a day ago, or expired more than thirty days ago. */
export async function deleteOldKeys(client: pg.ClientBase): Promise<void> {
  await client.query(
    `DELETE FROM keys WHERE revoked_at < now() - interval '1 day' OR expires_at < now() - interval '30 days'`,
  );
}

/** The keys of all accounts, as the processes that check callers learn them. */
export function createKeyRows(pool: Pool): KeySource {
  return {
    async list(after): Promise<KeyPage> {
      const { rows } = await pool.query<KeyRow>(
        `SELECT ${columns} FROM keys WHERE id > $1 AND revoked_at IS NULL ORDER BY id LIMIT ${pageRows}`,
        [after],
      );
      const keys = rows.map(({ id, sha256, account, user, roles, expiresAt }) => ({
        ...{ id, sha256, account, user, roles },
        expiresAt: expiresAt?.getTime() ?? null,
      }));
      return { keys, next: rows.length < pageRows ? null : (rows.at(-1)?.id ?? null) };
    },
    report: (uses) => noteUses(pool, uses),
  };
}

async function noteUses(pool: Pool, uses: readonly KeyUse[]): Promise<void> {
  await pool.query(
    `UPDATE keys SET last_used_at = used.at
     FROM (SELECT id, max(to_timestamp(ms / 1000.0)) AS at FROM unnest($1::text[], $2::double precision[]) AS use (id, ms)
           GROUP BY id) AS used
     WHERE keys.id = used.id AND used.at > coalesce(keys.last_used_at, '-infinity')`,
    [uses.map(({ id }) => id), uses.map(({ at }) => at)],
  );
}
