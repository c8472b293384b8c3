import type { JsonSchema } from '@callbus/openapi/schema';
import Joi from 'joi';
import { Fault, isFaultKind, type FaultKind } from '../errors.js';

export const idMaxBytes = 2_048;
export const echoedMaxBytes = 4_096;
export const nameMaxBytes = 8_192;

/** CloudEvents forbids control characters and lone surrogates in attributes. */
const forbiddenCharacters = /[\p{Cc}\p{Cs}]/u;

/** Whether a value counts as not sent. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** Whether a value of an unknown field counts as not sent. In such a field, unlike a known one, the empty string is a value. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/**
 * The check of a field, twice: a reader written by hand, which is fast, and a joi schema, which names the fault. Both
 * accept the same values.
 */
export interface Rule {
  readonly schema: Joi.Schema;
  /** @returns the value as the event holds it, or `refused` */
  readonly read: (value: unknown) => unknown;
  readonly isRequired?: boolean;
  readonly default?: string;
}

/** The result of a reader for an invalid value: undefined is a valid result. */
const refused = Symbol('refused');

/** A string that queues and subscribers can carry. */
export function text(maxBytes: number): Rule {
  return {
    schema: Joi.string().max(maxBytes, 'utf8').pattern(forbiddenCharacters, { invert: true }),
    read: (value) => {
      const isRight =
        typeof value === 'string' && Buffer.byteLength(value) <= maxBytes && !forbiddenCharacters.test(value);
      return isRight ? value : refused;
    },
  };
}

/** A string that has a syntax of its own. */
export function textThatIs(isRight: (value: string) => boolean, fault: FaultKind, maxBytes: number): Rule {
  const { schema, read } = text(maxBytes);
  return {
    schema: schema.custom((value: string, helpers) => (isRight(value) ? value : helpers.error(fault))),
    read: (value) => (typeof value === 'string' && isRight(value) ? read(value) : refused),
  };
}

/** @param json members of the field's JSON Schema that do not follow from the rule */
export function described(rule: Rule, description: string, json: JsonSchema = {}): Rule {
  return { ...rule, schema: rule.schema.description(description).meta({ json }) };
}

/** @param reader returns the value as the event holds it, or a fault */
export function readBy(reader: (value: unknown) => unknown): Rule {
  const schema = Joi.any().custom((value: unknown, helpers) => {
    const result = reader(value);
    return result instanceof Fault ? helpers.error(result.kind) : result;
  });
  const read = (value: unknown) => {
    const result = reader(value);
    return result instanceof Fault ? refused : result;
  };
  return { schema, read };
}

export function required(rule: Rule): Rule {
  return { ...rule, schema: rule.schema.required(), isRequired: true };
}

export function withDefault(rule: Rule, value: string): Rule {
  return { ...rule, schema: rule.schema.default(value), default: value };
}

const faultKinds: Readonly<Record<string, FaultKind>> = {
  'any.required': 'missing',
  'string.base': 'notText',
  'string.max': 'tooLong',
  'string.pattern.invert.base': 'controlCharacter',
};

/** The fields of one object, in the order in which faults are reported. */
export interface Rules<T> {
  readonly rules: ReadonlyMap<string, Rule>;
  /** The rule of all other fields. Without it, other fields are not allowed. */
  readonly others: Rule | undefined;
  readonly required: readonly string[];
  readonly defaults: readonly (readonly [name: string, value: string])[];
  readonly schema: Joi.ObjectSchema<T>;
}

export function rulesOf<T>(rules: Readonly<Record<string, Rule>>, others?: Rule): Rules<T> {
  const entries = Object.entries(rules);
  const schema: Joi.ObjectSchema<T> = Joi.object(
    Object.fromEntries(entries.map(([name, rule]) => [name, rule.schema])),
  );
  return {
    rules: new Map(entries),
    others,
    required: entries.filter(([, rule]) => rule.isRequired === true).map(([name]) => name),
    defaults: entries.flatMap(([name, rule]) => (rule.default === undefined ? [] : [[name, rule.default] as const])),
    schema: others === undefined ? schema : schema.pattern(Joi.any(), others.schema),
  };
}

/** @returns the fields without the blank ones, or the first fault in the rules' order */
export function check<T>(rules: Rules<T>, fields: Fields): T | Fault {
  // Fields that have all passed their readers need no check by joi.
  return (readByHand(rules, fields) as T | undefined) ?? checkByJoi(rules, fields);
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the fields of an event in 0.4 µs, for which joi takes 2.6 to 3.8 µs. @returns undefined when a field is at fault */
function readByHand<T>(
  { rules, others, required, defaults }: Rules<T>,
  fields: Fields,
): Record<string, unknown> | undefined {
  const read: Record<string, unknown> = {};
  for (const name in fields) {
    const field = fields[name];
    const known = rules.get(name);
    if (known === undefined ? isAbsent(field) : isBlank(field)) continue;
    const rule = known ?? others;
    const value = rule === undefined ? refused : rule.read(field);
    if (value === refused) return undefined;
    read[name] = value;
  }
  for (const name of required) if (!(name in read)) return undefined;
  for (const [name, value] of defaults) read[name] ??= value;
  return read;
}

/** @returns the same as `check` */
export function checkByJoi<T>({ rules, schema }: Rules<T>, fields: Fields): T | Fault {
  const isSent = ([name, value]: [string, unknown]) => !(rules.has(name) ? isBlank(value) : isAbsent(value));
  const sent = Object.fromEntries(Object.entries(fields).filter(isSent));
  const result = schema.validate(sent, { convert: false });
  const detail = result.error?.details[0];
  if (detail === undefined) return result.value as T;
  const kind = isFaultKind(detail.type) ? detail.type : faultKinds[detail.type];
  if (kind === undefined) throw new Error(`no fault is known for ${detail.type}`);
  const limit: unknown = detail.context?.['limit'];
  return new Fault(kind, { field: detail.path.join('.'), ...(typeof limit === 'number' && { limit }) });
}
