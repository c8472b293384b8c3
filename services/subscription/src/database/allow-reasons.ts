import { undeliveredReasons } from '@callbus/contracts/deliveries/undelivered';
import type pg from 'pg';

/**
 * Makes the constraint on `reason` allow all reasons of the contracts. Other reasons stay allowed, because a newer version
 * that runs at the same time may have added them.
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
    // `NOT VALID`, because the rows were checked before, and another check would lock the table while it runs.
    await client.query(
      `ALTER TABLE undelivered DROP CONSTRAINT IF EXISTS undelivered_reason_check,
         ADD CONSTRAINT undelivered_reason_check CHECK (reason IN (${reasons.join(', ')})) NOT VALID`,
    );
  }
}
