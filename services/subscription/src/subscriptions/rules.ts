import type { ConfirmMode } from '@callbus/callback/confirmation/confirm';
import { parseSecret } from '@callbus/callback/signing/sign';
import Joi, { type CustomHelpers } from 'joi';
import { blank, text } from '../http/check-body.js';

const textMaxLength = 256;
const patternMaxLength = 2_048;
const descriptionMaxLength = 1_024;
const formMaxLength = 1024 * 1024;
/** The most event names in a body, including duplicates: removing a duplicate takes as long as storing a name. */
const formEntriesMax = 10_000;
/** The longest event name that ingest accepts. */
const eventNameMaxBytes = 8_192;

export const shortText = text(textMaxLength);
export const confirmPattern = text(patternMaxLength);
export const description = text(descriptionMaxLength);
export const eventNames = text(formMaxLength).custom(checkEventNames);
export const confirmMode = Joi.any()
  .empty(blank)
  .custom(checkConfirmMode)
  .meta({ json: { enum: ['httpstatus', 'regular', '1', '2', 1, 2] } });
export const boolean = Joi.boolean().empty(null);
export const headers = Joi.object()
  .empty(null)
  .max(16)
  .custom(checkHeaders)
  .meta({ json: { additionalProperties: { type: 'string', maxLength: 2_048 } } });
/** Null and blank text stand for no secret. They differ from a missing field, which keeps the secrets. */
export const secret = Joi.any()
  .custom(checkSecret)
  .meta({ json: { type: ['string', 'null'] } });

export const wholeNumber = (min: number, max: number) => Joi.number().empty(null).integer().min(min).max(max);

export const defaultTimeoutS = 10;
const longestTimeoutS = 60;
/** Accepts 0, -1 and 120, which the original's clients send. */
export const timeout = Joi.number()
  .empty(null)
  .unsafe()
  .integer()
  .custom((value: number) => (value < 1 ? defaultTimeoutS : Math.min(value, longestTimeoutS)));

export const oneOf = (valids: readonly string[]) =>
  Joi.string()
    .empty(blank)
    .custom((value: string, helpers) => (valids.includes(value) ? value : helpers.error('any.only', { valids })))
    .meta({ json: { enum: valids } });

function checkConfirmMode(value: unknown, helpers: CustomHelpers) {
  if (typeof value !== 'string' && typeof value !== 'number') return helpers.error('string.base');
  return readConfirmMode(value) ?? helpers.error('any.only', { valids: ['httpstatus', 'regular', 1, 2] });
}

/** Reads a confirm mode from its name or from the number that the original stores. */
export function readConfirmMode(value: unknown): ConfirmMode | undefined {
  const name = typeof value === 'number' ? String(value) : value;
  if (name === 'httpstatus' || name === '1') return 'httpstatus';
  return name === 'regular' || name === '2' ? 'regular' : undefined;
}

function checkEventNames(value: string, helpers: CustomHelpers) {
  if (value.split(',', formEntriesMax + 1).length > formEntriesMax)
    return helpers.error('array.max', { limit: formEntriesMax });
  const names = readEventNames(value);
  if (names.length === 0) return helpers.error('any.required');
  if (names.some((name) => Buffer.byteLength(name) > eventNameMaxBytes))
    return helpers.error('names.tooLong', { limit: eventNameMaxBytes });
  return names;
}

/**
 * Reads event names like the original: removes all blanks, even within a name, splits at commas, removes duplicates and
 * sorts.
 */
export function readEventNames(form: string): string[] {
  const names = form.replace(/\s/g, '').split(',');
  return [...new Set(names)].filter((name) => name !== '').sort();
}

function checkSecret(value: unknown, helpers: CustomHelpers) {
  if (value === null) return null;
  if (typeof value !== 'string') return helpers.error('string.base');
  if (value.trim() === '') return null;
  return value === 'generate' ? value : (parseSecret(value) ?? helpers.error('secret.syntax'));
}

/** Hop-by-hop headers, headers that the HTTP client sets, and headers that describe the callback. */
const refusedHeader =
  /^(connection|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-.*|webhook-.*|ce-.*|x-callbus-.*)$/i;
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/i;
const headerValue = /^(?! )[\x20-\x7e]{0,2048}(?<! )$/;

function checkHeaders(headers: Record<string, unknown>, helpers: CustomHelpers) {
  const names = new Set<string>();
  for (const [header, value] of Object.entries(headers)) {
    if (!headerName.test(header) || refusedHeader.test(header)) return helpers.error('header.name', { header });
    if (typeof value !== 'string') return helpers.error('object.base');
    if (!headerValue.test(value)) return helpers.error('header.value', { header });
    if (names.has(header.toLowerCase())) return helpers.error('header.twice', { header });
    names.add(header.toLowerCase());
  }
  return headers;
}
