import {
  isUndeliveredReason,
  undeliveredReasons,
  type UndeliveredReason,
} from '@callbus/contracts/deliveries/undelivered';
import { readRfc3339 } from '@callbus/runtime/parsing/iso-time';
import Joi, { type CustomHelpers } from 'joi';
import { text, checkBody } from '../http/check-body.js';
import { Fault } from '../http/errors.js';
import { invalid } from '../http/reasons.js';

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

const moment = text(wordMaxLength)
  .custom(checkTime)
  .default(null)
  .meta({ json: { format: 'date-time' } });

/** Fields of a selection that bodies and queries have in common. */
export const selectionFields = {
  reason: text(wordMaxLength)
    .custom(checkReason)
    .default(null)
    .description('Only events that are undelivered for this reason.')
    .meta({ json: { enum: undeliveredReasons } }),
  name: text(nameMaxLength).default(null).description('Only events of this name.'),
  from: moment.description('Only events that were accepted at this time or later.'),
  to: moment.description('Only events that were accepted before this time.'),
};

/** The body of replay and delete. */
export const selectionSchema = Joi.object<Selection & { all: boolean }>({
  all: Joi.boolean().empty(null).default(false).description('All events, unless other members choose among them.'),
  ids: Joi.array()
    .empty(null)
    .min(1)
    .max(idsMax)
    .items(Joi.number().integer().min(1))
    .default(null)
    .description('The ids of events in the list.'),
  ...selectionFields,
}).meta({ component: 'Selection' });

/** Reads the body of replay and delete, which has to select all events or name ids or a time. */
export function readSelection(json: string): Selection | Fault {
  const body = readAnySelection(json);
  if (body instanceof Fault) return body;
  const { all, ...selection } = body;
  const isExplicit = all || selection.ids !== null || selection.from !== null || selection.to !== null;
  return isExplicit ? selection : invalid('all', 'selection.none');
}

export function readAnySelection(json: string): (Selection & { readonly all: boolean }) | Fault {
  return checkBody(selectionSchema, json);
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

const isSelected = `($2::bigint[] IS NULL OR id = ANY ($2::bigint[]))
  AND ($3::text IS NULL OR reason = $3::text)
  AND ($4::text IS NULL OR event_name = $4::text)
  AND ($5::timestamptz IS NULL OR received_at >= $5::timestamptz)
  AND ($6::timestamptz IS NULL OR received_at < $6::timestamptz)`;

const parametersOf = ({ ids, reason, name, from, to }: Selection) => [ids, reason, name, from, to];

/** The selected rows of a subscription. */
export function rowsOf(subscription: number, selection: Selection): Rows {
  const parameters = parametersOf(selection);
  return {
    where: `subscription_id = $1::bigint AND ${isSelected}`,
    values: [subscription, ...parameters],
    allOf: parameters.every((value) => value === null) ? subscription : null,
  };
}

/** The account in a path that stands for messages whose account could not be read. */
const unknownAccount = '-';

/** The selected rows of an account that name no subscription. */
export function unattributedRows(account: string, selection: Selection): Rows {
  return {
    where: `subscription_id IS NULL AND (account = $1::text OR ($1::text = '${unknownAccount}' AND account IS NULL))
      AND ${isSelected}`,
    values: [account, ...parametersOf(selection)],
    allOf: null,
  };
}
