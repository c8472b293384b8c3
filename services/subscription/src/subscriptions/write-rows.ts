import type { SealedSecret } from '@callbus/contracts/subscriptions/subscription';
import type pg from 'pg';
import { sqlStateOf } from '../database/pool.js';
import { Fault } from '../http/errors.js';
import type { Target } from '../http/read-path.js';
import { columns, givenFields, type Definition, type Owner, type SubscriptionRow } from './row.js';
import { theOne } from '../database/the-one.js';
import { undeliveredOf } from '../accounts/usage.js';

/** The values of a subscription that its caller changes. */
export interface Save {
  readonly operator: string;
  readonly definition: Definition;
  /** The signing secrets and the sealed header values. */
  readonly secrets: readonly SealedSecret[];
}

/** Call it in a transaction, like all functions of this file. A name that is taken rolls the transaction back. */
export function insertSubscription(
  client: pg.ClientBase,
  { account, bizId }: Owner,
  save: Save,
): Promise<SubscriptionRow | Fault> {
  const row = { ...columnsOf(save), account, biz_id: bizId };
  const values = Object.values(row);
  return orNameTaken(async () => {
    const { rows } = await client.query<SubscriptionRow>(
      `INSERT INTO subscriptions (${Object.keys(row).join(', ')}, revision, saved_at)
       VALUES (${parametersOf(values)}, nextval('revisions'), now())
       RETURNING ${columns}`,
      values,
    );
    return theOne(rows);
  });
}

/** Locks a subscription until the transaction ends. */
export async function lockSubscription(
  client: pg.ClientBase,
  { account, id }: Target,
): Promise<SubscriptionRow | undefined> {
  const { rows } = await client.query<SubscriptionRow>(
    `SELECT ${columns} FROM subscriptions WHERE account = $1 AND id = $2 FOR UPDATE`,
    [account, id],
  );
  return rows[0];
}

/**
 * Call it with the row locked. The revision is assigned under the lock, so that revisions are in the order in which
 * changes took effect.
 */
export function updateSubscription(client: pg.ClientBase, id: number, save: Save): Promise<SubscriptionRow | Fault> {
  const row = columnsOf(save);
  const values = Object.values(row);
  return orNameTaken(async () => {
    const { rows } = await client.query<SubscriptionRow>(
      `UPDATE subscriptions SET (${Object.keys(row).join(', ')}, disabled_reason, revision, saved_at)
       = (${parametersOf(values)}, CASE WHEN $${values.length + 1} THEN NULL ELSE disabled_reason END,
         nextval('revisions'), now())
       WHERE id = $${values.length + 2}
       RETURNING ${columns}`,
      [...values, save.definition.enabled, id],
    );
    return theOne(rows);
  });
}

/**
 * @param replace makes the new secrets from the current ones
 * @returns undefined when there is no such subscription
 */
export async function replaceSecrets(
  client: pg.ClientBase,
  { target, operator }: { target: Target; operator: string },
  replace: (secrets: readonly SealedSecret[]) => readonly SealedSecret[],
): Promise<SubscriptionRow | undefined> {
  const before = await lockSubscription(client, target);
  if (before === undefined) return undefined;
  const { rows } = await client.query<SubscriptionRow>(
    `UPDATE subscriptions SET secrets = $2, operator = $3, revision = nextval('revisions'), saved_at = now()
     WHERE id = $1 RETURNING ${columns}`,
    [target.id, JSON.stringify(replace(before.secrets)), operator],
  );
  return theOne(rows);
}

/**
 * Disables a subscription unless it was changed after the given revision.
 *
 * @returns undefined when the subscription was changed or deleted
 */
export async function disableSubscription(
  client: pg.ClientBase,
  { id, revision, reason }: { id: number; revision: number; reason: string },
): Promise<SubscriptionRow | undefined> {
  const { rows } = await client.query<SubscriptionRow>(
    `UPDATE subscriptions SET enabled = false, disabled_reason = $3, revision = nextval('revisions'), saved_at = now()
     WHERE id = $1 AND revision = $2 AND enabled RETURNING ${columns}`,
    [id, revision, reason],
  );
  return rows[0];
}

/**
 * Deletes a subscription, and its undelivered events in the background.
 *
 * @returns the revision of the deletion and the number of undelivered events; undefined when there is no such
 * subscription
 */
export async function deleteSubscription(
  client: pg.ClientBase,
  { account, id }: Target,
): Promise<{ revision: number; dropped: number } | undefined> {
  const { rows } = await client.query<{ revision: number }>(
    `DELETE FROM subscriptions WHERE account = $1 AND id = $2 RETURNING nextval('revisions') AS revision`,
    [account, id],
  );
  const [deleted] = rows;
  if (deleted === undefined) return undefined;
  return { ...deleted, dropped: await undeliveredOf(client, id) };
}

/** The values that a save writes, by column. */
function columnsOf({ operator, definition, secrets }: Save): Readonly<Record<string, unknown>> {
  const given = givenFields.map(([name, { column, type }]) => {
    const value = definition[name];
    return [column, type.write ? type.write(value) : value] as const;
  });
  // pg would write a list as an array.
  return { ...Object.fromEntries(given), operator, secrets: JSON.stringify(secrets) };
}

/** The parameters of these values, from `$1` on. */
function parametersOf(values: readonly unknown[]): string {
  return values.map((_value, index) => `$${index + 1}`).join(', ');
}

const uniqueViolation = '23505';

/** The unique index decides, so that exactly one of several concurrent callers gets the name. */
async function orNameTaken<T>(save: () => Promise<T>): Promise<T | Fault> {
  try {
    return await save();
  } catch (error) {
    if (sqlStateOf(error) === uniqueViolation) return new Fault('nameTaken');
    throw error;
  }
}
