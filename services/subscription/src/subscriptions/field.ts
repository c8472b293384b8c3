import type { Subscription } from '@callbus/contracts/subscription';
import type Joi from 'joi';
import type { PatternLimits } from './patterns.js';

/** A type of PostgreSQL whose values are read and written as `T`. */
export interface SqlType<T> {
  readonly sql: 'text' | 'bigint' | 'boolean' | 'text[]' | 'json';
  /** The parameter for pg, if it is not the value itself. */
  write?(value: T): unknown;
}

export const text: SqlType<string> = { sql: 'text' };
export const nullableText: SqlType<string | null> = { sql: 'text' };
export const bigint: SqlType<number> = { sql: 'bigint' };
export const boolean: SqlType<boolean> = { sql: 'boolean' };
export const nullableBoolean: SqlType<boolean | null> = { sql: 'boolean' };
export const texts: SqlType<readonly string[]> = { sql: 'text[]' };
export const oneOf = <T extends string>(_values: readonly T[]): SqlType<T> => ({ sql: 'text' });
/** pg would write a list as an array. */
export const json = <T>(): SqlType<T> => ({ sql: 'json', write: (value) => JSON.stringify(value) });

/** How subscriptions are searched and sorted by a field. */
export interface SearchField {
  readonly sql: string;
  readonly type: SqlType<unknown>['sql'];
  /** The SQL to sort by, if it is not the SQL to compare with. */
  readonly sortSql?: string;
  /** Converts a caller's value, where it is not used as it is. */
  read?(value: unknown): unknown;
}

/** How the value of a field is read from a row, and who gets it. */
interface Read<T, Told extends Partial<Subscription>> {
  readonly type: SqlType<T>;
  /** The name in the API; undefined for a field that callers do not get. */
  readonly api?: string;
  /** A second name in the API. Answers have both names; in a caller's body the alias wins. */
  readonly alias?: string;
  /** The form for callers, if it is not the value itself. */
  toCallers?(value: T): unknown;
  /** Present where callers may search by the field; it says what differs from comparing the value that is read. */
  readonly search?: Partial<SearchField>;
  /** The members of a worker's subscription that follow from the value. */
  toWorkers?(value: T, limits: PatternLimits): Told;
}

interface Stored<T, Told extends Partial<Subscription>> extends Read<T, Told> {
  readonly column: string;
  /** The SQL that reads the value, where that is not the column. */
  readonly select?: string;
}

interface Computed<T, Told extends Partial<Subscription>> extends Read<T, Told> {
  readonly column?: never;
  readonly select: string;
}

/** How the value of a field is read from a caller's body. */
interface Input {
  readonly api: string;
  readonly alias?: string;
  /** The check of a value, without its default. */
  readonly rule: Joi.Schema;
  /**
   * A field of bk-cmdb: a PUT that does not name it resets it to its default. A PUT keeps our own fields that it does
   * not name.
   */
  readonly isOriginal?: boolean;
}

type RequiredInput = { readonly isRequired: true; readonly default?: never };
type OptionalInput<T> = { readonly isRequired?: never; readonly default: T };

type Given<T, Told extends Partial<Subscription>> = Stored<T, Told> &
  Input &
  (RequiredInput | OptionalInput<NoInfer<T>>);
type Unstored = Input & OptionalInput<undefined>;

/** A field that callers give. */
export function given<T, Told extends Partial<Subscription> = Partial<Subscription>>(field: Given<T, Told>) {
  return { kind: 'given', select: field.column, ...field } as const;
}

/** A field that callers give and that is stored in another form. */
export function unstored(field: Unstored) {
  return { kind: 'unstored', ...field } as const;
}

/** A field that the service gives. */
export function kept<T, Told extends Partial<Subscription> = Partial<Subscription>>(field: Stored<T, Told>) {
  return { kind: 'kept', select: field.column, ...field } as const;
}

/** A field that follows from columns, and is only read. */
export function computed<T, Told extends Partial<Subscription> = Partial<Subscription>>(field: Computed<T, Told>) {
  return { kind: 'computed', ...field } as const;
}

export type InputField = ReturnType<typeof given<unknown>> | ReturnType<typeof unstored>;
export type StoredField = ReturnType<typeof given<unknown>> | ReturnType<typeof kept<unknown>>;
export type ReadField = StoredField | ReturnType<typeof computed<unknown>>;

/** Most fields have one name in the API, some two, some none. */
export function apiNamesOf({ api, alias }: Pick<ReadField, 'api' | 'alias'>): string[] {
  return [api, alias].filter((name) => name !== undefined);
}
