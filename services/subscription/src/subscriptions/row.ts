import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { WantedSecret } from '../secrets/secrets.js';
import type { InputField, ReadField, SqlType, StoredField } from './field.js';
import { fields } from './fields.js';
import type { PatternLimits } from './patterns.js';

type Fields = typeof fields;

/** The names of the fields of some kinds. */
type NamesOf<Kind> = { [Name in keyof Fields]: Fields[Name] extends { kind: Kind } ? Name : never }[keyof Fields];
type ReadName = NamesOf<'given' | 'kept' | 'computed'>;
type ValuesOf<Names extends ReadName> = {
  readonly [Name in Names]: Fields[Name] extends { type: SqlType<infer Value> } ? Value : never;
};

/** The fields of a subscription that its caller sets. */
export interface Definition extends ValuesOf<NamesOf<'given'>> {
  /** Undefined when the body does not name it, null for no secret. */
  readonly secret?: WantedSecret | null;
}

/** A row of `subscriptions`. The columns' types and constraints are the check at this door. */
export type SubscriptionRow = ValuesOf<ReadName>;

/** The account that owns a subscription, and the business, which is only stored, as in the original. */
export type Owner = Pick<SubscriptionRow, 'account' | 'bizId'>;

const entries = Object.entries(fields);
export const inputFields = entries.filter(([, { kind }]) => kind === 'given' || kind === 'unstored') as [
  keyof Definition,
  InputField,
][];
export const readFields = entries.filter(([, { kind }]) => kind !== 'unstored') as [ReadName, ReadField][];
export const givenFields = entries.filter(([, { kind }]) => kind === 'given') as [NamesOf<'given'>, StoredField][];

/** SQL: a whole row. */
export const columns = readFields.map(([name, { select }]) => `${select} AS "${name}"`).join(', ');

/** The members of a worker's subscription that the fields supply. */
type WorkerMembers = Intersection<
  {
    [Name in ReadName]: Fields[Name] extends { toWorkers?(...given: never): infer Members } ? Members : never;
  }[ReadName]
>;
/** All members of a union at once. */
type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** A subscription as workers need it. A member that no field supplies fails to compile here. */
export function toSubscription(row: SubscriptionRow, limits: PatternLimits): Subscription {
  const members: Partial<Subscription> = {};
  for (const [name, field] of readFields) Object.assign(members, field.toWorkers?.(row[name], limits));
  return members as WorkerMembers;
}
