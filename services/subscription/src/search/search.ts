import Joi, { type CustomHelpers } from 'joi';
import { checkBody, isStorable } from '../http/check-body.js';
import { isObject } from '../http/is-object.js';
import { Fault } from '../http/errors.js';
import { invalid } from '../http/reasons.js';
import { reasonToRefuse } from './regex-cost.js';
import type { SearchField } from '../subscriptions/field.js';
import { searchFields } from './search-fields.js';

/** A search as SQL. The text of the SQL comes from the allow list alone; the caller's input is in `values`. */
export interface Search {
  readonly where: string;
  readonly orderBy: string;
  readonly values: readonly unknown[];
  readonly offset: number;
  readonly limit: number;
  /** Whether the caller chose a regular expression, which may make the search slow. */
  readonly hasRegex: boolean;
  /** The members of each item in the answer; empty for all. */
  readonly fields: readonly string[];
}

interface Body {
  page: { start: number; limit: number; sort: string };
  condition: Record<string, unknown>;
  fields: string[];
}

const valuesMax = 500;
/**
 * Enough for the longest name with every character escaped. Postgres takes seconds to compile some expressions of 4,000
 * characters, and no time-out interrupts it.
 */
const regexMaxLength = 512;
const conditionsMax = 32;
const sortKeysMax = 32;
const fieldsMax = 100;
/** The most items of an answer. A request may ask for more: clients of the original send -1 and 999999999. */
const rowsMax = 10_000;

/** An operand of a condition: a value of the field. */
const operand = { type: ['string', 'number', 'boolean'] };
const operands = { type: 'array', maxItems: valuesMax, items: operand };
/** What a condition may ask of a field. */
const condition = {
  anyOf: [
    operand,
    {
      type: 'object',
      properties: {
        $eq: operand,
        $ne: operand,
        $in: operands,
        $nin: operands,
        $regex: { type: 'string', maxLength: regexMaxLength, description: "A regular expression of PostgreSQL's." },
        $options: { type: 'string', enum: ['', 'i'], description: 'Beside `$regex`: `i` ignores the case of letters.' },
      },
    },
  ],
};
const fieldNames = [...searchFields.keys()];

export const searchSchema = Joi.object<Body>({
  page: Joi.object({
    start: Joi.number().empty(null).integer().min(0).default(0).description('How many subscriptions to skip.'),
    limit: Joi.number()
      .empty(null)
      .unsafe()
      .integer()
      .default(rowsMax)
      .description(`The most subscriptions of the page. A number below 1 or above ${rowsMax} counts as ${rowsMax}.`),
    sort: Joi.string()
      .empty(null)
      .allow('')
      .custom(checkSort)
      .default('')
      .description(
        `Fields separated by commas, \`-\` for descending. Other names are ignored. Fields: ${fieldNames.join(', ')}.`,
      ),
  })
    .empty(null)
    .default({ start: 0, limit: rowsMax, sort: '' }),
  condition: Joi.object()
    .empty(null)
    .max(conditionsMax)
    .default({})
    .description('All conditions have to hold: a value that the field equals, or operators.')
    .meta({ json: { properties: Object.fromEntries(fieldNames.map((name) => [name, condition])) } }),
  // `max` comes before `items`, because joi takes a microsecond to check an item.
  fields: Joi.array()
    .empty(null)
    .max(fieldsMax)
    .items(Joi.string().allow(''))
    .default([])
    .description('The members to answer; all by default.'),
}).meta({ component: 'SubscriptionSearch' });

/** Reads the body of a search within an account. An empty body selects all subscriptions. */
export function readSearch(json: string, account: string): Search | Fault {
  const body = checkBody(searchSchema, json.trim() === '' ? '{}' : json);
  if (body instanceof Fault) return body;
  const values: unknown[] = [account];
  const clauses = ['account = $1'];
  let hasRegex = false;
  for (const [name, condition] of Object.entries(body.condition)) {
    const field = searchFields.get(name);
    if (field === undefined) return refused(name, 'condition.field');
    const operands = isObject(condition) ? condition : { $eq: condition };
    const operators = Object.keys(operands).filter((operator) => operator !== regexOptions);
    if (operators.length === 0) return refused(name, 'condition.operator');
    if (regexOptions in operands && !('$regex' in operands)) return refused(name, 'condition.options');
    for (const operator of operators) {
      hasRegex ||= operator === '$regex';
      const clause = clauseOf({ name, field, operator, operand: operands[operator], options: operands[regexOptions] });
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
  /** The options of `$regex`. */
  readonly options: unknown;
}

const regexOptions = '$options';

function clauseOf({ name, field, operator, operand, options }: Condition): Clause | Fault {
  if (operator === '$eq' || operator === '$ne') {
    const value = readValue(name, field, operand);
    if (value instanceof Fault) return value;
    // A field that is not set is unequal to every value, as in the original.
    const is = operator === '$eq' ? '=' : 'IS DISTINCT FROM';
    return { value, sql: (parameter) => `${field.sql} ${is} ${parameter}::${field.type}` };
  }
  if (operator === '$in' || operator === '$nin') {
    if (!Array.isArray(operand)) return wrongType(name);
    if (operand.length > valuesMax) return refused(name, 'array.max', { limit: valuesMax });
    const value = operand.map((item: unknown) => readValue(name, field, item));
    const fault = value.find((item) => item instanceof Fault);
    if (fault !== undefined) return fault;
    const isOneOf = (parameter: string) => `${field.sql} = ANY (${parameter}::${field.type}[])`;
    return { value, sql: operator === '$in' ? isOneOf : (parameter) => `(${isOneOf(parameter)}) IS NOT TRUE` };
  }
  if (operator === '$regex') {
    if (options !== undefined && options !== '' && options !== 'i') return refused(name, 'condition.options');
    if (field.type !== 'text' || typeof operand !== 'string') return wrongType(name);
    if (operand.length > regexMaxLength) return refused(name, 'string.max', { limit: regexMaxLength });
    if (!isStorable(operand)) return refused(name, 'text.unclean');
    const reason = reasonToRefuse(operand);
    if (reason !== undefined) return refused(name, reason);
    const matches = options === 'i' ? '~*' : '~';
    return { value: operand, sql: (parameter) => `${field.sql} ${matches} ${parameter}` };
  }
  return refused(name, 'condition.operator');
}

function readValue(name: string, field: SearchField, given: unknown): string | number | boolean | Fault {
  const value = field.read === undefined ? given : field.read(given);
  if (field.type === 'boolean') return typeof value === 'boolean' ? value : wrongType(name);
  if (field.type === 'bigint')
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : wrongType(name);
  if (typeof value !== 'string') return wrongType(name);
  return isStorable(value) ? value : refused(name, 'text.unclean');
}

function checkSort(value: string, helpers: CustomHelpers) {
  const keys = value.split(',', sortKeysMax + 1).length;
  return keys > sortKeysMax ? helpers.error('array.max', { limit: sortKeysMax }) : value;
}

/**
 * Reads a list separated by commas, in which `-` means descending. Unknown names are ignored. The id comes last, so that
 * the order of rows is unambiguous and pages do not overlap.
 */
function orderOf(sort: string): string {
  const terms = sort.split(',').flatMap((term) => {
    const [, sign, name = ''] = /^([+-]?)(.*)$/s.exec(term.trim()) ?? [];
    const field = searchFields.get(name);
    return field === undefined ? [] : [`${field.sortSql ?? field.sql} ${sign === '-' ? 'DESC' : 'ASC'}`];
  });
  return [...new Set(terms), 'id ASC'].join(', ');
}

function refused(name: string, reason: string, words: Readonly<Record<string, unknown>> = {}): Fault {
  return invalid(`condition.${name}`, reason, words);
}

function wrongType(name: string): Fault {
  return new Fault('wrongType', { field: `condition.${name}` });
}
