import Joi from 'joi';
import { isFaultKind, type Fault, type FaultKind } from './errors.js';

export const idMaxBytes = 2_048;
export const accountMaxBytes = 256;
export const echoedMaxBytes = 4_096;
export const nameMaxBytes = 8_192;

/** CloudEvents allows neither control characters nor halves of surrogate pairs in an attribute. */
const forbiddenCharacters = /[\p{Cc}\p{Cs}]/u;

/** What counts as not sent. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** A string that queues and subscribers can carry. */
export function text(maxBytes: number): Joi.StringSchema {
  return Joi.string().max(maxBytes, 'utf8').pattern(forbiddenCharacters, { invert: true });
}

/** A value that `rule` reads: the value to go on with, or what is wrong with it. */
export function readBy(rule: (value: unknown) => { value: unknown } | FaultKind): Joi.AnySchema {
  return Joi.any().custom((value: unknown, helpers) => {
    const result = rule(value);
    return typeof result === 'string' ? helpers.error(result) : result.value;
  });
}

const faultKinds: Readonly<Record<string, FaultKind>> = {
  'any.required': 'missing',
  'string.base': 'notText',
  'string.max': 'tooLong',
  'string.pattern.invert.base': 'controlCharacter',
};

/** @returns the fields without the blank ones, or the first fault in the schema's order with the field for its place */
export function check<T>(
  schema: Joi.ObjectSchema<T>,
  fields: Readonly<Record<string, unknown>>,
): { value: T } | { fault: Fault } {
  const sent = Object.fromEntries(Object.entries(fields).filter(([, value]) => !isBlank(value)));
  const result = schema.validate(sent, { convert: false });
  const detail = result.error?.details[0];
  if (detail === undefined) return { value: result.value as T };
  const kind = isFaultKind(detail.type) ? detail.type : faultKinds[detail.type];
  if (kind === undefined) throw new Error(`no fault is known for ${detail.type}`);
  const limit: unknown = detail.context?.['limit'];
  return { fault: { kind, place: detail.path.join('.'), ...(typeof limit === 'number' && { limit }) } };
}
