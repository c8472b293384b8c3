import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { JsonSchema } from '@callbus/openapi/schema';
import type Joi from 'joi';
import type { PatternLimits } from './patterns.js';

/** A type of PostgreSQL, whose values are `T` here. */
export interface SqlType<T> {
  readonly sql: 'text' | 'bigint' | 'boolean' | 'text[]' | 'json';
  /** The schema of a value as callers get it. */
  readonly json: JsonSchema;
  /** Converts a value to a parameter for pg, unless the value itself is the parameter. */
  write?(value: T): unknown;
}

export const text: SqlType<string> = { sql: 'text', json: { type: 'string' } };
export const nullableText: SqlType<string | null> = { sql: 'text', json: { type: ['string', 'null'] } };
export const bigint: SqlType<number> = { sql: 'bigint', json: { type: 'integer' } };
export const boolean: SqlType<boolean> = { sql: 'boolean', json: { type: 'boolean' } };
export const nullableBoolean: SqlType<boolean | null> = { sql: 'boolean', json: { type: ['boolean', 'null'] } };
/** Callers get the texts separated by commas. */
export const texts: SqlType<readonly string[]> = { sql: 'text[]', json: { type: 'string' } };
export const oneOf = <T extends string>(values: readonly T[]): SqlType<T> => ({
  sql: 'text',
  json: { type: 'string', enum: values },
});
/** pg would write a list as an array. */
export const json = <T>(schema: JsonSchema = {}): SqlType<T> => ({
  sql: 'json',
  json: schema,
  write: (value) => JSON.stringify(value),
});

/** How searches compare and sort a field. */
export interface SearchField {
  readonly sql: string;
  readonly type: SqlType<unknown>['sql'];
  /** The SQL to sort by, unless it is `sql`. */
  readonly sortSql?: string;
  /** Converts the caller's value before it is compared. */
  read?(value: unknown): unknown;
}

/** How the value of a field is read from a row, and in which forms callers and workers get it. */
interface Read<T, Members extends Partial<Subscription>> {
  readonly type: SqlType<T>;
  /** The name in the API; undefined for a field that callers do not get. */
  readonly api?: string;
  /** A second name in the API. Answers have both names; in a caller's body the alias wins. */
  readonly alias?: string;
  /** What the field means, for callers. */
  readonly description?: string;
  /** Converts the value to the form for callers, unless they get the value itself. */
  toCallers?(value: T): unknown;
  /** Present if callers may search by the field. It names what differs from a comparison with `select`. */
  readonly search?: Partial<SearchField>;
  /** Converts the value to members of a worker's subscription. */
  toWorkers?(value: T, limits: PatternLimits): Members;
}

interface Stored<T, Members extends Partial<Subscription>> extends Read<T, Members> {
  readonly column: string;
  /** The SQL that reads the value, unless it is the column. */
  readonly select?: string;
}

interface Computed<T, Members extends Partial<Subscription>> extends Read<T, Members> {
  readonly column?: never;
  readonly select: string;
}

/** How the value of a field is read from a caller's body. */
interface Input {
  readonly api: string;
  readonly alias?: string;
  readonly description: string;
  /** The check of a value, without its default. */
  readonly rule: Joi.Schema;
  /**
   * Whether bk-cmdb knows the field. A PUT that does not name the field resets it to its default; all other fields that a
   * PUT does not name stay.
   */
  readonly isOriginal?: boolean;
}

type RequiredInput = { readonly isRequired: true; readonly default?: never };
type OptionalInput<T> = { readonly isRequired?: never; readonly default: T };

type Given<T, Members extends Partial<Subscription>> = Stored<T, Members> &
  Input &
  (RequiredInput | OptionalInput<NoInfer<T>>);
type Unstored = Input & OptionalInput<undefined>;

/** A field that callers give. */
export function given<T, Members extends Partial<Subscription> = Partial<Subscription>>(field: Given<T, Members>) {
  return { kind: 'given', select: field.column, ...field } as const;
}

/** A field that callers give and that is stored in another form elsewhere. */
export function unstored(field: Unstored) {
  return { kind: 'unstored', ...field } as const;
}

/** A field that the service sets. */
export function kept<T, Members extends Partial<Subscription> = Partial<Subscription>>(field: Stored<T, Members>) {
  return { kind: 'kept', select: field.column, ...field } as const;
}

/** A field that is computed from columns when it is read. */
export function computed<T, Members extends Partial<Subscription> = Partial<Subscription>>(
  field: Computed<T, Members>,
) {
  return { kind: 'computed', ...field } as const;
}

export type InputField = ReturnType<typeof given<unknown>> | ReturnType<typeof unstored>;
export type StoredField = ReturnType<typeof given<unknown>> | ReturnType<typeof kept<unknown>>;
export type ReadField = StoredField | ReturnType<typeof computed<unknown>>;

/** The names of a field in the API: one for most fields, two or none for some. */
export function apiNamesOf({ api, alias }: Pick<ReadField, 'api' | 'alias'>): string[] {
  return [api, alias].filter((name) => name !== undefined);
}
