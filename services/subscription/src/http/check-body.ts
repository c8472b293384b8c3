import { deepestNesting, nestsDeeperThan } from '@callbus/runtime/parsing/json-nesting';
import Joi from 'joi';
import { Fault } from './errors.js';
import { isObject } from './is-object.js';
import { invalid } from './reasons.js';
import { trimTo } from './trim-body.js';

/** Checks a body against a schema. The result is the first fault in the order of the schema. */
export function checkBody<T>(schema: Joi.ObjectSchema<T>, text: string): T | Fault {
  const body = readObject(text);
  return body instanceof Fault ? body : checkObject(schema, body);
}

export function checkObject<T>(schema: Joi.ObjectSchema<T>, body: object): T | Fault {
  return check(schema, trimTo(schema, body), { convert: false });
}

/** Checks query parameters, where numbers and booleans are text. */
export function checkQuery<T>(schema: Joi.ObjectSchema<T>, query: object): T | Fault {
  return check(schema, query, { convert: true });
}

function check<T>(schema: Joi.ObjectSchema<T>, given: unknown, options: { convert: boolean }): T | Fault {
  const checked = schema.validate(given, { ...options, stripUnknown: true });
  return checked.error ? faultOf(checked.error) : checked.value;
}

export function readObject(text: string): Record<string, unknown> | Fault {
  if (nestsDeeperThan(deepestNesting, text)) return new Fault('notJson');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new Fault('notJson');
  }
  return isObject(value) ? value : new Fault('notJson');
}

function faultOf(error: Joi.ValidationError): Fault {
  const [detail] = error.details;
  if (detail === undefined) return new Fault('notJson');
  const field = detail.path.join('.');
  if (detail.type === 'any.required') return new Fault('missing', { field: camelCase(field) });
  if (detail.type.endsWith('.base')) return new Fault('wrongType', { field });
  return invalid(field, detail.type, detail.context);
}

/** A missing `subscription_name` is reported as `SubscriptionName`, as in the original. */
function camelCase(field: string): string {
  return field.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** A value that counts as not set: null or blank text. */
export const blank = Joi.string().pattern(/^\s*$/).allow('', null);

/** A text of at most `limit` characters that can be stored. */
export const text = (limit: number) =>
  Joi.string()
    .empty(blank)
    .custom((value: string, helpers) => {
      if (isLonger(value, limit)) return helpers.error('string.max', { limit });
      return isStorable(value) ? value : helpers.error('text.unclean');
    })
    .meta({ json: { maxLength: limit } });

/** Counts characters. A character may consist of two UTF-16 units. */
function isLonger(value: string, limit: number): boolean {
  return value.length > 2 * limit || (value.length > limit && Array.from(value).length > limit);
}

/** PostgreSQL stores neither U+0000 nor half a surrogate pair. */
export function isStorable(value: string): boolean {
  return !/\0|\p{Surrogate}/u.test(value);
}
