import { isUndeliveredReason, undeliveredReasons, type UndeliveredReason } from '@callbus/contracts/undelivered';
import { readRfc3339 } from '@callbus/runtime/parsing/iso-time';
import Joi, { type CustomHelpers } from 'joi';
import { text, checkBody } from '../http/check-body.js';
import { Fault, fault } from '../http/errors.js';
import { reasonFor } from '../http/reasons.js';

/** The undelivered events that a call selects; null does not restrict. */
export interface Selection {
  readonly ids: readonly number[] | null;
  readonly reason: UndeliveredReason | null;
  readonly name: string | null;
  /** Compared with the time at which the event was accepted. */
  readonly from: Date | null;
  /** Exclusive. */
  readonly to: Date | null;
}

const idsMax = 1_000;
/** The longest event name that ingest accepts. */
const nameMaxLength = 8_192;
const wordMaxLength = 64;

/** Fields that bodies and queries have in common. */
export const narrowing = {
  reason: text(wordMaxLength).custom(checkReason).default(null),
  name: text(nameMaxLength).default(null),
  from: text(wordMaxLength).custom(checkTime).default(null),
  to: text(wordMaxLength).custom(checkTime).default(null),
};

const schema = Joi.object<Selection & { all: boolean }>({
  all: Joi.boolean().empty(null).default(false),
  ids: Joi.array().empty(null).min(1).max(idsMax).items(Joi.number().integer().min(1)).default(null),
  ...narrowing,
});

/** Reads the body of replay and delete. An empty body selects nothing. */
export function readSelection(json: string): Selection | Fault {
  const body = readNarrowing(json);
  if (body instanceof Fault) return body;
  const { all, ...selection } = body;
  const isSaid = all || selection.ids !== null || selection.from !== null || selection.to !== null;
  return isSaid ? selection : fault('invalid', { field: 'all', reason: reasonFor('selection.none') });
}

export function readNarrowing(json: string): (Selection & { readonly all: boolean }) | Fault {
  return checkBody(schema, json);
}

function checkReason(value: string, helpers: CustomHelpers) {
  return isUndeliveredReason(value) ? value : helpers.error('any.only', { valids: undeliveredReasons });
}

function checkTime(value: string, helpers: CustomHelpers) {
  const epochMs = readRfc3339(value);
  return epochMs === undefined ? helpers.error('time.syntax') : new Date(epochMs);
}

/** Undelivered rows, as SQL with the parameters `$1` to `$6`. */
export interface Rows {
  readonly where: string;
  readonly values: readonly unknown[];
  /** The subscription that has exactly these rows; null when they have to be counted one by one. */
  readonly allOf: number | null;
}

export function rowsOf(subscription: number, selection: Selection): Rows {
  const isWhole = narrowingOf(selection).every((value) => value === null);
  return {
    where: whereSelected(1),
    values: valuesOf(subscription, selection),
    allOf: isWhole ? subscription : null,
  };
}

/**
 * The selected rows of a subscription, as SQL.
 *
 * @param first the number of the first parameter, which is the first value of `valuesOf`
 */
export function whereSelected(first: number): string {
  return `subscription_id = $${first}::bigint AND ${whereNarrowed(first + 1)}`;
}

export function valuesOf(subscription: number, selection: Selection): unknown[] {
  return [subscription, ...narrowingOf(selection)];
}

/** @param first the number of the first parameter, which is the first value of `narrowingOf` */
export function whereNarrowed(first: number): string {
  const [ids, reason, name, from, to] = Array.from({ length: 5 }, (_, place) => `$${first + place}`);
  return `(${ids}::bigint[] IS NULL OR id = ANY (${ids}::bigint[]))
    AND (${reason}::text IS NULL OR reason = ${reason}::text)
    AND (${name}::text IS NULL OR event_name = ${name}::text)
    AND (${from}::timestamptz IS NULL OR received_at >= ${from}::timestamptz)
    AND (${to}::timestamptz IS NULL OR received_at < ${to}::timestamptz)`;
}

export function narrowingOf({ ids, reason, name, from, to }: Selection): unknown[] {
  return [ids, reason, name, from, to];
}
