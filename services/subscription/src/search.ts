import Joi, { type CustomHelpers } from 'joi';
import { checkBody, isStorable } from './check-body.js';
import { isObject } from './is-object.js';
import { Fault, fault } from './errors.js';
import { reasonFor } from './reasons.js';
import { regexFaultOf } from './regex-cost.js';
import { searchFields, type SearchField } from './search-fields.js';
import type { Place } from './subscription-row.js';

/** A search as SQL: text from the white list alone, everything of the caller's in `values`. */
export interface Search {
  readonly where: string;
  readonly orderBy: string;
  readonly values: readonly unknown[];
  readonly offset: number;
  readonly limit: number;
  /** Its cost is the caller's doing. */
  readonly hasRegex: boolean;
  /** The members that each item is to have; empty for all. */
  readonly fields: readonly string[];
}

interface Body {
  page: { start: number; limit: number; sort: string };
  condition: Record<string, unknown>;
  fields: string[];
}

const valuesMax = 500;
const regexMaxLength = 512;
const sortKeysMax = 32;
const fieldsMax = 100;
/** Of an answer, whatever is asked for: clients of the original ask for -1 and for 999999999. */
const rowsMax = 10_000;

const schema = Joi.object<Body>({
  page: Joi.object({
    start: Joi.number().empty(null).integer().min(0).default(0),
    limit: Joi.number().empty(null).integer().default(rowsMax),
    sort: Joi.string().empty(null).allow('').custom(checkSort).default(''),
  })
    .empty(null)
    .default({ start: 0, limit: rowsMax, sort: '' }),
  condition: Joi.object().empty(null).default({}),
  // The number first: each item takes joi a microsecond.
  fields: Joi.array().empty(null).max(fieldsMax).items(Joi.string().allow('')).default([]),
});

/** Reads the body of a search within an account and business; an empty body asks for everything. */
export function readSearch(json: string, place: Place): Search | Fault {
  const body = checkBody(schema, json.trim() === '' ? '{}' : json);
  if (body instanceof Fault) return body;
  const values: unknown[] = [place.account, place.bizId];
  const clauses = ['account = $1', 'biz_id = $2'];
  let hasRegex = false;
  for (const [name, condition] of Object.entries(body.condition)) {
    const field = searchFields.get(name);
    if (field === undefined) return invalid(name, 'condition.field');
    const operators = isObject(condition) ? Object.entries(condition) : [['$eq', condition] as const];
    if (operators.length === 0) return invalid(name, 'condition.operator');
    for (const [operator, operand] of operators) {
      hasRegex ||= operator === '$regex';
      const clause = clauseOf({ name, field, operator, operand });
      if (clause instanceof Fault) return clause;
      clauses.push(clause.sql(`$${values.push(clause.value)}`));
    }
  }
  const { start, limit, sort } = body.page;
  return {
    where: clauses.join(' AND '),
    orderBy: orderOf(sort),
    values,
    offset: start,
    limit: limit < 1 ? rowsMax : Math.min(limit, rowsMax),
    hasRegex,
    fields: body.fields,
  };
}

interface Clause {
  readonly sql: (parameter: string) => string;
  readonly value: unknown;
}

interface Condition {
  readonly name: string;
  readonly field: SearchField;
  readonly operator: string;
  readonly operand: unknown;
}

function clauseOf({ name, field, operator, operand }: Condition): Clause | Fault {
  if (operator === '$eq') {
    const value = readValue(name, field, operand);
    if (value instanceof Fault) return value;
    return { value, sql: (parameter) => `${field.sql} = ${parameter}::${field.type}` };
  }
  if (operator === '$in') {
    if (!Array.isArray(operand)) return wrongType(name);
    if (operand.length > valuesMax) return invalid(name, 'array.max', { limit: valuesMax });
    const value = operand.map((item: unknown) => readValue(name, field, item));
    const refused = value.find((item) => item instanceof Fault);
    return refused ?? { value, sql: (parameter) => `${field.sql} = ANY (${parameter}::${field.type}[])` };
  }
  if (operator === '$regex') {
    if (field.type !== 'text' || typeof operand !== 'string') return wrongType(name);
    if (operand.length > regexMaxLength) return invalid(name, 'string.max', { limit: regexMaxLength });
    if (!isStorable(operand)) return invalid(name, 'text.unclean');
    const fault = regexFaultOf(operand);
    if (fault !== undefined) return invalid(name, fault);
    return { value: operand, sql: (parameter) => `${field.sql} ~ ${parameter}` };
  }
  return invalid(name, 'condition.operator');
}

function readValue(name: string, field: SearchField, given: unknown): string | number | boolean | Fault {
  const value = field.read === undefined ? given : field.read(given);
  if (field.type === 'boolean') return typeof value === 'boolean' ? value : wrongType(name);
  if (field.type === 'bigint')
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : wrongType(name);
  if (typeof value !== 'string') return wrongType(name);
  return isStorable(value) ? value : invalid(name, 'text.unclean');
}

function checkSort(value: string, helpers: CustomHelpers) {
  const keys = value.split(',', sortKeysMax + 1).length;
  return keys > sortKeysMax ? helpers.error('array.max', { limit: sortKeysMax }) : value;
}

/** A comma list, `-` for descending; names that are not known are passed over. The id last makes pages exact. */
function orderOf(sort: string): string {
  const terms = sort.split(',').flatMap((term) => {
    const [, sign, name = ''] = /^([+-]?)(.*)$/s.exec(term.trim()) ?? [];
    const field = searchFields.get(name);
    return field === undefined ? [] : [`${field.sortSql ?? field.sql} ${sign === '-' ? 'DESC' : 'ASC'}`];
  });
  return [...new Set(terms), 'id ASC'].join(', ');
}

function invalid(name: string, reason: string, words: Readonly<Record<string, unknown>> = {}): Fault {
  return fault('invalid', { field: `condition.${name}`, reason: reasonFor(reason, words) });
}

function wrongType(name: string): Fault {
  return fault('wrongType', { field: `condition.${name}` });
}
