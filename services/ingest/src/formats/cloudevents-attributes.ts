import { accountMaxBytes } from '@callbus/contracts/account';
import { isMediaType } from '@callbus/contracts/events/media-type';
import { readRfc3339 } from '@callbus/runtime/parsing/iso-time';
import { V1 } from 'cloudevents';
import Joi from 'joi';
import { Fault } from '../errors.js';
import {
  check,
  described,
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
import { traceContextOf } from './trace-context.js';
import { isUri, isUriReference } from './uri.js';

type CheckedAttributes = Attributes & {
  readonly accountid?: string;
  readonly eventbusid?: string;
};

/** CloudEvents names ten attributes. In binary mode attributes are headers, of which a request may have 200. */
export const attributesMax = 100;
export const tooManyAttributes = new Fault('tooManyAttributes', { limit: attributesMax });

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
  specversion: required(
    described(
      readBy((value) => (value === V1 ? value : new Fault('notVersion1'))),
      'The version of CloudEvents.',
      {
        type: 'string',
        enum: [V1],
      },
    ),
  ),
  id: required(described(text(idMaxBytes), 'Identifies the event of its source.')),
  source: required(
    described(textThatIs(isUriReference, 'notUriReference', idMaxBytes), 'Where the event comes from.', {
      format: 'uri-reference',
    }),
  ),
  type: required(described(text(idMaxBytes), 'The type of the event.')),
  time: described(readBy(rfc3339Time), 'When the event happened.', { type: 'string', format: 'date-time' }),
  subject: described(echoed, 'What the event is about.'),
  datacontenttype: described(textThatIs(isMediaType, 'notMediaType', echoedMaxBytes), 'The media type of `data`.'),
  dataschema: described(textThatIs(isUri, 'notUri', echoedMaxBytes), 'The schema of `data`.', { format: 'uri' }),
  accountid: described(text(accountMaxBytes), 'The account. By default that of the caller.'),
  eventbusid: described(text(accountMaxBytes), 'The bus. By default none.'),
};

export const attributeRules = rulesOf<CheckedAttributes>(known, extension);
/**
 * Binary mode. SDKs write a URI into a header without encoding it for the header, so that decoding the header also undoes
 * the URI's own encoding. Here `source` is therefore any text; its URI is encoded anew with the event.
 */
export const headerRules = rulesOf<CheckedAttributes>({ ...known, source: required(text(idMaxBytes)) }, extension);

/** Checks the attributes of one event in any mode. */
export function readAttributes(
  rules: Rules<CheckedAttributes>,
  attributes: ReadonlyMap<string, unknown>,
  data: EventData | undefined,
  receipt: Receipt,
): IncomingEvent | Fault {
  if (attributes.size > attributesMax) return tooManyAttributes;
  for (const name of attributes.keys()) {
    if (!isAttributeName(name)) return new Fault('notAttributeName', { field: name });
  }
  const checked = check(rules, Object.fromEntries(attributes));
  if (checked instanceof Fault) return checked;

  const { accountid: account = receipt.caller.account, eventbusid: bus = '', source, type } = checked;
  if (!receipt.caller.mayUse(account)) return new Fault('foreignAccount', { field: 'accountid' });
  const ownContext = traceContextOf(checked['traceparent'], checked['tracestate']);
  const event: IncomingEvent = {
    dialect: 'cloudevents',
    account,
    bus,
    name: `${source}.${type}`,
    receivedAt: receipt.receivedAt,
    traceContext:
      ownContext === undefined ? receipt.traceContext : { ...ownContext, baggage: receipt.traceContext?.baggage },
    attributes: { ...checked, accountid: account },
    data,
  };
  return checkName(event.name, 'source', receipt.limits) ?? event;
}

/** `data` is not an attribute: an attribute of that name would hide the event's data. */
function isAttributeName(name: string): boolean {
  return /^[a-z\d]{1,64}$/.test(name) && name !== 'data';
}

/** CloudEvents' integers have 32 bits. */
function integerOrBoolean(value: unknown): unknown {
  const isInteger = typeof value === 'number' && (value | 0) === value;
  return isInteger || typeof value === 'boolean' ? value : new Fault('notAttribute');
}

function rfc3339Time(value: unknown): unknown {
  return typeof value === 'string' && readRfc3339(value) !== undefined ? value : new Fault('notTime');
}
