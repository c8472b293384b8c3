import { isConfirmPattern, type ConfirmMode } from '@callbus/callback/confirmation/confirm';
import type { AddressPolicy } from '@callbus/callback/network/address-policy';
import { parseSecret } from '@callbus/callback/signing/sign';
import type { Subscription } from '@callbus/contracts/subscription';
import Joi, { type CustomHelpers } from 'joi';
import { callbackUrl } from './callback-url.js';
import { blank, checkBody, checkObject, readObject, text } from '../http/check-body.js';
import { Fault, fault } from '../http/errors.js';
import { findPatternFault, type PatternLimits } from './patterns.js';
import { reasonFor } from '../http/reasons.js';
import type { WantedSecret } from '../secrets/secrets.js';

/** What a caller says of a subscription: contract 4.1 and 4.8. */
export interface Definition extends Pick<
  Subscription,
  | 'name'
  | 'callbackUrl'
  | 'confirmMode'
  | 'confirmPattern'
  | 'eventNames'
  | 'eventBusId'
  | 'enabled'
  | 'payloadFormat'
  | 'headers'
  | 'maxAttempts'
  | 'maxInFlight'
> {
  readonly systemName: string;
  readonly description: string;
  /** Whether the receiver is asked before it is called, and how. */
  readonly verification: 'none' | 'cloudevents';
  readonly timeoutS: number;
  /** Undefined when nothing is said of it, null for none. */
  readonly secret?: WantedSecret | null;
}

/** What an update says of a subscription, to be completed by what is stored. */
export type Changed = Partial<Definition>;

interface Body {
  subscription_name: string;
  system_name: string;
  callback_url: string;
  confirm_mode: ConfirmMode;
  confirm_pattern: string;
  subscription_form: string[];
  timeout?: number;
  time_out?: number;
  description: string;
  enabled: boolean;
  payload_format: Subscription['payloadFormat'];
  event_bus_id: string | null;
  secret?: WantedSecret | null;
  headers: Record<string, string>;
  max_attempts: number;
  max_in_flight: number;
  verification: Definition['verification'];
}

const textMaxLength = 256;
const patternMaxLength = 2_048;
const descriptionMaxLength = 1_024;
const formMaxLength = 1024 * 1024;
/** Of names and duplicates: to sort out those costs as much as to keep them. */
const formEntriesMax = 10_000;
/** As long as ingest takes them. */
const eventNameMaxBytes = 8_192;

const wholeNumber = (min: number, max: number) => Joi.number().empty(null).integer().min(min).max(max);
const defaultTimeoutS = 10;
const longestTimeoutS = 60;
/** The original's clients send 0, -1 and 120. */
const seconds = Joi.number()
  .empty(null)
  .unsafe()
  .integer()
  .custom((value: number) => (value < 1 ? defaultTimeoutS : Math.min(value, longestTimeoutS)));

const payloadFormats: readonly string[] = ['source', 'cloudevents', 'cloudevents-binary'];
const verifications: readonly string[] = ['none', 'cloudevents'];

/** `null` and blank are told apart from not set. */
export const secretField = Joi.any().custom(checkSecret);

const schema = Joi.object<Body>({
  subscription_name: text(textMaxLength).required(),
  system_name: text(textMaxLength).default(''),
  callback_url: callbackUrl,
  confirm_mode: Joi.any().empty(blank).required().custom(checkConfirmMode),
  confirm_pattern: text(patternMaxLength).default(''),
  subscription_form: text(formMaxLength).required().custom(checkEventNames),
  time_out: seconds,
  // Of the two spellings the one that loses is not looked at.
  timeout: Joi.when('time_out', { is: Joi.exist(), then: Joi.any().strip(), otherwise: seconds }),
  description: text(descriptionMaxLength).default(''),
  enabled: Joi.boolean().empty(null).default(true),
  payload_format: Joi.string().empty(blank).custom(checkOneOf(payloadFormats)).default('source'),
  event_bus_id: text(textMaxLength).default(null),
  secret: secretField,
  headers: Joi.object().empty(null).max(16).custom(checkHeaders).default({}),
  max_attempts: wholeNumber(1, 20).default(10),
  max_in_flight: wholeNumber(1, 256).default(64),
  verification: Joi.string().empty(blank).custom(checkOneOf(verifications)).default('none'),
});

/** The original's fields, by the member of a definition that they are; an update without one of them resets it. */
const originals = {
  subscription_name: 'name',
  system_name: 'systemName',
  callback_url: 'callbackUrl',
  confirm_mode: 'confirmMode',
  confirm_pattern: 'confirmPattern',
  subscription_form: 'eventNames',
  timeout: 'timeoutS',
  time_out: 'timeoutS',
} as const satisfies Partial<Record<keyof Body, keyof Definition>>;
/** Ours: what an update does not name stays as it is. */
const extensions = {
  description: 'description',
  enabled: 'enabled',
  payload_format: 'payloadFormat',
  event_bus_id: 'eventBusId',
  secret: 'secret',
  headers: 'headers',
  max_attempts: 'maxAttempts',
  max_in_flight: 'maxInFlight',
  verification: 'verification',
} as const satisfies Record<Exclude<keyof Body, keyof typeof originals>, keyof Definition>;
const members = Object.entries({ ...originals, ...extensions });
const requiredFields = ['subscription_name', 'callback_url', 'confirm_mode', 'subscription_form'];

interface Bounds {
  readonly addressPolicy: AddressPolicy;
  readonly limits: PatternLimits;
}

/** Reads the body of create. */
export function readDefinition(json: string, bounds: Bounds): Definition | Fault {
  const body = checkBody(schema, json);
  if (body instanceof Fault) return body;
  const definition = definitionOf(body);
  return findFault(definition, bounds) ?? withConfirmPattern(definition);
}

/** Reads the body of PUT: a client that knows only the original's fields changes none of ours. */
export function readReplacement(json: string, bounds: Bounds): Changed | Fault {
  const given = readObject(json);
  if (given instanceof Fault) return given;
  return readNamed(given, (field) => field in originals || Object.hasOwn(given, field), schema, bounds);
}

/** Reads the body of PATCH, which changes what it names. */
export function readPatch(json: string, bounds: Bounds): Changed | Fault {
  const given = readObject(json);
  if (given instanceof Fault) return given;
  const unnamed = requiredFields.filter((field) => !Object.hasOwn(given, field));
  const optional = schema.fork(unnamed, (field) => field.optional());
  return readNamed(given, (field) => Object.hasOwn(given, field), optional, bounds);
}

function readNamed(
  given: object,
  isNamed: (field: string) => boolean,
  fieldsSchema: Joi.ObjectSchema<Body>,
  bounds: Bounds,
): Changed | Fault {
  const body = checkObject(fieldsSchema, given);
  if (body instanceof Fault) return body;
  const named = new Set<string>(members.filter(([field]) => isNamed(field)).map(([, member]) => member));
  const all = Object.entries(definitionOf(body));
  const changed: Changed = Object.fromEntries(all.filter(([member]) => named.has(member)));
  return findFault(changed, bounds) ?? changed;
}

/** @param stored what the update leaves as it is */
export function complete<T extends Omit<Definition, 'secret'>>(stored: T, changed: Changed): (T & Definition) | Fault {
  const definition = { ...stored, ...changed };
  const isConfirmedAsBefore = changed.confirmMode === undefined && changed.confirmPattern === undefined;
  return isConfirmedAsBefore ? definition : withConfirmPattern(definition);
}

function definitionOf(body: Body): Definition {
  return {
    name: body.subscription_name,
    systemName: body.system_name,
    callbackUrl: body.callback_url,
    confirmMode: body.confirm_mode,
    confirmPattern: body.confirm_pattern,
    eventNames: body.subscription_form,
    timeoutS: body.time_out ?? body.timeout ?? defaultTimeoutS,
    description: body.description,
    eventBusId: body.event_bus_id,
    enabled: body.enabled,
    payloadFormat: body.payload_format,
    headers: body.headers,
    maxAttempts: body.max_attempts,
    maxInFlight: body.max_in_flight,
    verification: body.verification,
    ...(body.secret !== undefined && { secret: body.secret }),
  };
}

/** What is told of a name in an error. */
const shownLength = 64;

/** What the schema cannot say. */
function findFault({ eventNames = [], callbackUrl }: Changed, { addressPolicy, limits }: Bounds): Fault | undefined {
  const beyond = findPatternFault(eventNames, limits);
  if (beyond !== undefined) {
    const pattern = beyond.pattern.length > shownLength ? `${beyond.pattern.slice(0, shownLength)}…` : beyond.pattern;
    return fault('invalid', { field: 'subscription_form', reason: reasonFor(beyond.reason, { ...beyond, pattern }) });
  }
  const host = callbackUrl === undefined ? undefined : refusedHost(callbackUrl, addressPolicy);
  if (host === undefined) return undefined;
  return fault('invalid', { field: 'callback_url', reason: reasonFor('url.refused', { host }) });
}

function withConfirmPattern<T extends Pick<Definition, 'confirmMode' | 'confirmPattern' | 'payloadFormat'>>(
  definition: T,
): T | Fault {
  const confirmPattern = definition.confirmPattern || defaultPatternOf(definition);
  return isConfirmPattern(definition.confirmMode, confirmPattern)
    ? { ...definition, confirmPattern }
    : fault('invalid', { field: 'confirm_pattern', reason: reasonFor('pattern.refused') });
}

/** Receivers of CloudEvents usually answer 202 or 204. */
function defaultPatternOf({ confirmMode, payloadFormat }: Pick<Definition, 'confirmMode' | 'payloadFormat'>): string {
  if (confirmMode === 'regular') return '';
  return payloadFormat === 'source' ? '200' : '2xx';
}

/** The workers look again when they connect: a name may lead anywhere by then. */
function refusedHost(url: string, addressPolicy: AddressPolicy): string | undefined {
  return addressPolicy.checkUrl(url).ok ? undefined : new URL(url).hostname;
}

function checkConfirmMode(value: unknown, helpers: CustomHelpers) {
  if (typeof value !== 'string' && typeof value !== 'number') return helpers.error('string.base');
  return readConfirmMode(value) ?? helpers.error('any.only', { valids: ['httpstatus', 'regular', 1, 2] });
}

/** By name, or by number as the original stores it. */
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

function checkOneOf(valids: readonly string[]) {
  return (value: string, helpers: CustomHelpers) =>
    valids.includes(value) ? value : helpers.error('any.only', { valids });
}

/** As the original: blanks go, also within a name; what is left is split at commas, without duplicates, sorted. */
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

/** Hop-by-hop headers, what the post itself decides on, and what a callback says of itself. */
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
