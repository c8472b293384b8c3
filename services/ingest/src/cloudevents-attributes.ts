import { V1 } from 'cloudevents';
import Joi from 'joi';
import type { Fault, FaultKind } from './errors.js';
import { isRfc3339 } from './event-time.js';
import {
  accountMaxBytes,
  check,
  echoedMaxBytes,
  idMaxBytes,
  mediaType,
  readBy,
  required,
  rulesOf,
  text,
  type Rule,
} from './fields.js';
import { checkName, type Attributes, type EventData, type IncomingEvent, type Receipt } from './incoming-event.js';
import { validTraceparent } from './traceparent.js';

type CheckedAttributes = Attributes & {
  readonly accountid?: string;
  readonly eventbusid?: string;
};

/** Those that the specification names are ten; as headers of binary mode there cannot be more than 200. */
const attributesMax = 100;

const echoed = text(echoedMaxBytes);
const notText = readBy(integerOrBoolean);
/** An attribute that we do not know. */
const extension: Rule = {
  schema: Joi.alternatives().conditional(Joi.string(), { then: echoed.schema, otherwise: notText.schema }),
  read: (value) => (typeof value === 'string' ? echoed : notText).read(value),
};

export const attributeRules = rulesOf<CheckedAttributes>(
  {
    specversion: required(readBy((value) => (value === V1 ? { value } : 'notVersion1'))),
    id: required(text(idMaxBytes)),
    source: required(text(idMaxBytes)),
    type: required(text(idMaxBytes)),
    time: readBy((value) => (typeof value === 'string' && isRfc3339(value) ? { value } : 'notTime')),
    subject: echoed,
    datacontenttype: mediaType(echoedMaxBytes),
    dataschema: echoed,
    accountid: text(accountMaxBytes),
    eventbusid: text(accountMaxBytes),
  },
  extension,
);

/** Checks the attributes of one event, whatever the mode in which they came. */
export function readAttributes(
  attributes: ReadonlyMap<string, unknown>,
  data: EventData | undefined,
  receipt: Receipt,
): { event: IncomingEvent } | { fault: Fault } {
  if (attributes.size > attributesMax) return { fault: { kind: 'tooManyAttributes', limit: attributesMax } };
  for (const place of attributes.keys()) {
    if (!isAttributeName(place)) return { fault: { kind: 'notAttributeName', place } };
  }
  const checked = check(attributeRules, Object.fromEntries(attributes));
  if ('fault' in checked) return checked;

  const { accountid: account = receipt.caller.account, eventbusid: bus = '', source, type } = checked.value;
  if (!receipt.caller.mayUse(account)) return { fault: { kind: 'foreignAccount', place: 'accountid' } };
  const event: IncomingEvent = {
    dialect: 'cloudevents',
    account,
    bus,
    name: `${source}.${type}`,
    receivedAt: receipt.receivedAt,
    traceparent: validTraceparent(checked.value['traceparent']) ?? receipt.traceparent,
    attributes: { ...checked.value, accountid: account },
    data,
  };
  const fault = checkName(event.name, 'source', receipt.limits);
  return fault === undefined ? { event } : { fault };
}

/** `data` is no attribute, but where another member of that name could hide it. */
function isAttributeName(name: string): boolean {
  return /^[a-z\d]{1,64}$/.test(name) && name !== 'data';
}

/** CloudEvents' integers have 32 bits. */
function integerOrBoolean(value: unknown): { value: unknown } | FaultKind {
  const isInteger = typeof value === 'number' && (value | 0) === value;
  return isInteger || typeof value === 'boolean' ? { value } : 'notAttribute';
}
