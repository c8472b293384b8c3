import { V1 } from 'cloudevents';
import Joi from 'joi';
import type { Fault, FaultKind } from './errors.js';
import { isRfc3339 } from './event-time.js';
import { accountMaxBytes, checkByJoi, echoedMaxBytes, idMaxBytes, readBy, text } from './fields.js';
import type { Attributes, EventData, IncomingEvent, Receipt } from './incoming-event.js';
import { validTraceparent } from './traceparent.js';

type CheckedAttributes = Attributes & {
  readonly accountid?: string;
  readonly eventbusid?: string;
};

const schema = Joi.object<CheckedAttributes>({
  specversion: readBy((value) => (value === V1 ? { value } : 'notVersion1')).schema.required(),
  id: text(idMaxBytes).schema.required(),
  source: text(idMaxBytes).schema.required(),
  type: text(idMaxBytes).schema.required(),
  time: readBy((value) => (typeof value === 'string' && isRfc3339(value) ? { value } : 'notTime')).schema,
  subject: text(echoedMaxBytes).schema,
  datacontenttype: text(echoedMaxBytes).schema,
  dataschema: text(echoedMaxBytes).schema,
  accountid: text(accountMaxBytes).schema,
  eventbusid: text(accountMaxBytes).schema,
}).pattern(
  Joi.any(),
  Joi.alternatives().conditional(Joi.string(), {
    then: text(echoedMaxBytes).schema,
    otherwise: readBy(integerOrBoolean).schema,
  }),
);

/** Checks the attributes of one event, whatever the mode in which they came. */
export function readAttributes(
  attributes: ReadonlyMap<string, unknown>,
  data: EventData | undefined,
  receipt: Receipt,
): { event: IncomingEvent } | { fault: Fault } {
  for (const place of attributes.keys()) {
    if (!isAttributeName(place)) return { fault: { kind: 'notAttributeName', place } };
  }
  const checked = checkByJoi(schema, Object.fromEntries(attributes));
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
  return { event };
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
