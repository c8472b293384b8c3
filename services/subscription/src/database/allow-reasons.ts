import { undeliveredReasons } from '@callbus/contracts/undelivered';
import type pg from 'pg';

/**
 * Has the check of the table follow the list of the contracts. Reasons that are not ours stay: a newer version may have added
 * them, and be running beside this one.
 */
export async function allowReasons(client: pg.ClientBase): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('allow reasons', 0))`);
  const { rows } = await client.query<{ definition: string }>(
    `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE conrelid = 'undelivered'::regclass AND conname = 'undelivered_reason_check'`,
  );
  const allowed = [...(rows[0]?.definition ?? '').matchAll(/'(\w+)'/g)].map(([, reason]) => reason);
  if (!undeliveredReasons.every((reason) => allowed.includes(reason))) {
    const reasons = [...new Set([...allowed, ...undeliveredReasons])].map((reason) => `'${reason}'`);
    // Not valid: what is there was checked already, and to check it again would lock the table for as long.
    await client.query(
      `ALTER TABLE undelivered DROP CONSTRAINT IF EXISTS undelivered_reason_check,
         ADD CONSTRAINT undelivered_reason_check CHECK (reason IN (${reasons.join(', ')})) NOT VALID`,
    );
  }
}
