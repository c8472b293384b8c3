import { accountMaxBytes } from '@callbus/contracts/account';
import { isMediaType } from '@callbus/contracts/events/media-type';
import { readRfc3339 } from '@callbus/runtime/parsing/iso-time';
import { V1 } from 'cloudevents';
import Joi from 'joi';
import type { Fault, FaultKind } from '../errors.js';
import {
  check,
  echoedMaxBytes,
  idMaxBytes,
  readBy,
  required,
  rulesOf,
  text,
  textThatIs,
  type Rule,
  type Rules,
} from './fields.js';
import { checkName, type Attributes, type EventData, type IncomingEvent, type Receipt } from './incoming-event.js';
import { traceOf } from './trace-context.js';
import { isUri, isUriReference } from './uri.js';

type CheckedAttributes = Attributes & {
  readonly accountid?: string;
  readonly eventbusid?: string;
};

/** The specification names ten attributes. Binary mode allows no more than 200, because they are headers. */
export const attributesMax = 100;
export const tooManyAttributes: Fault = { kind: 'tooManyAttributes', limit: attributesMax };

const echoed = text(echoedMaxBytes);
const notText = readBy(integerOrBoolean);
/** An extension attribute. */
const extension: Rule = {
  schema: Joi.alternatives().conditional(Joi.string().allow(''), {
    then: Joi.string()
      .allow('')
      .concat(echoed.schema as Joi.StringSchema),
    otherwise: notText.schema,
  }),
  read: (value) => (typeof value === 'string' ? echoed : notText).read(value),
};

const known = {
  specversion: required(readBy((value) => (value === V1 ? { value } : 'notVersion1'))),
  id: required(text(idMaxBytes)),
  source: required(textThatIs(isUriReference, 'notUriReference', idMaxBytes)),
  type: required(text(idMaxBytes)),
  time: readBy((value) => (typeof value === 'string' && readRfc3339(value) !== undefined ? { value } : 'notTime')),
  subject: echoed,
  datacontenttype: textThatIs(isMediaType, 'notMediaType', echoedMaxBytes),
  dataschema: textThatIs(isUri, 'notUri', echoedMaxBytes),
  accountid: text(accountMaxBytes),
  eventbusid: text(accountMaxBytes),
};

export const attributeRules = rulesOf<CheckedAttributes>(known, extension);
/**
 * In binary mode SDKs write URIs into headers without encoding them again, and decoding the header undoes the URI's own encoding. So the URI
 * is encoded again here.
 */
export const headerRules = rulesOf<CheckedAttributes>({ ...known, source: required(text(idMaxBytes)) }, extension);

/** Checks the attributes of one event, whatever the mode in which they came. */
export function readAttributes(
  rules: Rules<CheckedAttributes>,
  attributes: ReadonlyMap<string, unknown>,
  data: EventData | undefined,
  receipt: Receipt,
): { event: IncomingEvent } | { fault: Fault } {
  if (attributes.size > attributesMax) return { fault: tooManyAttributes };
  for (const place of attributes.keys()) {
    if (!isAttributeName(place)) return { fault: { kind: 'notAttributeName', place } };
  }
  const checked = check(rules, Object.fromEntries(attributes));
  if ('fault' in checked) return checked;

  const { accountid: account = receipt.caller.account, eventbusid: bus = '', source, type } = checked.value;
  if (!receipt.caller.mayUse(account)) return { fault: { kind: 'foreignAccount', place: 'accountid' } };
  const ownTrace = traceOf(checked.value['traceparent'], checked.value['tracestate']);
  const event: IncomingEvent = {
    dialect: 'cloudevents',
    account,
    bus,
    name: `${source}.${type}`,
    receivedAt: receipt.receivedAt,
    trace: ownTrace === undefined ? receipt.trace : { ...ownTrace, baggage: receipt.trace?.baggage },
    attributes: { ...checked.value, accountid: account },
    data,
  };
  const fault = checkName(event.name, 'source', receipt.limits);
  return fault === undefined ? { event } : { fault };
}

/** `data` is not an attribute. An attribute of that name would hide the member. */
function isAttributeName(name: string): boolean {
  return /^[a-z\d]{1,64}$/.test(name) && name !== 'data';
}

/** CloudEvents' integers have 32 bits. */
function integerOrBoolean(value: unknown): { value: unknown } | FaultKind {
  const isInteger = typeof value === 'number' && (value | 0) === value;
  return isInteger || typeof value === 'boolean' ? { value } : 'notAttribute';
}
