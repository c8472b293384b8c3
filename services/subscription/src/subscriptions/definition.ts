import { isConfirmPattern } from '@callbus/callback/confirmation/confirm';
import type { AddressPolicy } from '@callbus/callback/network/address-policy';
import Joi from 'joi';
import { checkBody, checkObject, readObject } from '../http/check-body.js';
import { Fault } from '../http/errors.js';
import { invalid } from '../http/reasons.js';
import { apiNamesOf, type InputField } from './field.js';
import { inputFields, type Definition } from './row.js';
import { findExcess, type PatternLimits } from './patterns.js';

/** The fields that an update names. */
export type Changed = Partial<Definition>;

/** A body, by the names of the API. */
type Body = Readonly<Record<string, unknown>>;

const schema = Joi.object<Body>(Object.fromEntries(inputFields.flatMap(([, field]) => rulesOf(field))));
/** The body of create and PUT. */
export const definitionSchema = schema.meta({ component: 'SubscriptionDefinition' });
const requiredFields = inputFields.filter(([, { isRequired }]) => isRequired).map(([, { api }]) => api);

/** The body of PATCH, in which a field that create requires may be missing, but not null. */
export const changeSchema = schema
  .fork(requiredFields, (field) => field.optional().empty())
  .meta({ component: 'SubscriptionChange' });

function rulesOf({ api, alias, rule, isRequired, description, ...field }: InputField): [string, Joi.Schema][] {
  const isShown = ['string', 'number', 'boolean'].includes(typeof field.default) && field.default !== '';
  const described = rule.description(isShown ? `${description} By default \`${String(field.default)}\`.` : description);
  const own = isRequired ? described.required() : described;
  if (alias === undefined) return [[api, own]];
  // When a body has both names of a field, only the alias is checked.
  const unlessAlias = Joi.when(alias, { is: Joi.exist(), then: Joi.any().strip(), otherwise: own });
  return [
    [alias, own],
    [api, unlessAlias],
  ];
}

interface Bounds {
  readonly addressPolicy: AddressPolicy;
  readonly limits: PatternLimits;
}

/** Reads the body of create. */
export function readDefinition(json: string, bounds: Bounds): Definition | Fault {
  const body = checkBody(schema, json);
  if (body instanceof Fault) return body;
  // The schema requires the fields that have no default.
  const definition = valuesOf(body, () => true) as Definition;
  return findFault(definition, bounds) ?? withConfirmPattern(definition);
}

/** Reads the body of PUT, which replaces the fields of bk-cmdb. PUT changes other fields only when its body names them (decision 0045). */
export function readReplacement(json: string, bounds: Bounds): Changed | Fault {
  const given = readObject(json);
  if (given instanceof Fault) return given;
  return readNamed(given, (name, { isOriginal }) => isOriginal === true || Object.hasOwn(given, name), schema, bounds);
}

/** Reads the body of PATCH, which changes only the fields that it names. */
export function readPatch(json: string, bounds: Bounds): Changed | Fault {
  const given = readObject(json);
  if (given instanceof Fault) return given;
  const unnamed = requiredFields.filter((field) => !Object.hasOwn(given, field));
  const optional = schema.fork(unnamed, (field) => field.optional());
  return readNamed(given, (name) => Object.hasOwn(given, name), optional, bounds);
}

function readNamed(
  given: object,
  isNamed: IsNamed,
  fieldsSchema: Joi.ObjectSchema<Body>,
  bounds: Bounds,
): Changed | Fault {
  const body = checkObject(fieldsSchema, given);
  if (body instanceof Fault) return body;
  const changed = valuesOf(body, isNamed);
  return findFault(changed, bounds) ?? changed;
}

/** Completes an update by the stored subscription. */
export function complete<T extends Omit<Definition, 'secret'>>(stored: T, changed: Changed): (T & Definition) | Fault {
  const definition = { ...stored, ...changed };
  const { confirmMode, confirmPattern } = changed;
  if (confirmMode === undefined && confirmPattern === undefined) return definition;
  // A pattern of one mode means something else in the other mode: the status 200 would be text in the body.
  if (definition.confirmMode !== stored.confirmMode && confirmPattern === undefined)
    return invalid('confirm_pattern', 'pattern.required');
  return withConfirmPattern(definition);
}

type IsNamed = (name: string, field: InputField) => boolean;

/** The values of the named fields, or their defaults. The rules make sure that each value has the type of its field. */
function valuesOf(body: Body, isNamed: IsNamed): Changed {
  const named = inputFields.filter(([, field]) => apiNamesOf(field).some((name) => isNamed(name, field)));
  const values = named.map(([name, field]) => [name, valueIn(body, field)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function valueIn(body: Body, { api, alias = api, ...field }: InputField): unknown {
  const value = body[alias] === undefined ? body[api] : body[alias];
  return value === undefined ? field.default : value;
}

/** The most characters of a name that an error shows. */
const shownLength = 64;

/** Checks that need the configuration, which the schema does not know. */
function findFault({ eventNames = [], callbackUrl }: Changed, { addressPolicy, limits }: Bounds): Fault | undefined {
  const excess = findExcess(eventNames, limits);
  if (excess !== undefined) {
    const pattern = excess.pattern.length > shownLength ? `${excess.pattern.slice(0, shownLength)}…` : excess.pattern;
    return invalid('subscription_form', excess.reason, { ...excess, pattern });
  }
  const host = callbackUrl === undefined ? undefined : refusedHost(callbackUrl, addressPolicy);
  return host === undefined ? undefined : invalid('callback_url', 'url.refused', { host });
}

function withConfirmPattern<T extends Pick<Definition, 'confirmMode' | 'confirmPattern' | 'payloadFormat'>>(
  definition: T,
): T | Fault {
  const confirmPattern = definition.confirmPattern || defaultPatternOf(definition);
  return isConfirmPattern(definition.confirmMode, confirmPattern)
    ? { ...definition, confirmPattern }
    : invalid('confirm_pattern', 'pattern.refused');
}

/** Receivers of CloudEvents usually answer 202 or 204. */
function defaultPatternOf({ confirmMode, payloadFormat }: Pick<Definition, 'confirmMode' | 'payloadFormat'>): string {
  if (confirmMode === 'regular') return '';
  return payloadFormat === 'source' ? '200' : '2xx';
}

/**
 * The host of a callback URL that the address policy refuses. Workers check again when they connect, because a name may
 * resolve to another address by then.
 */
function refusedHost(url: string, addressPolicy: AddressPolicy): string | undefined {
  return addressPolicy.checkUrl(url).ok ? undefined : new URL(url).hostname;
}
