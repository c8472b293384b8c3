import { jsonSchemaOf } from '@callbus/openapi/from-joi';
import type { JsonSchema } from '@callbus/openapi/schema';
import { attributeRules } from '../formats/cloudevents-attributes.js';
import { camelCase, eventBusRules } from '../formats/event-bus-fields.js';
import type { Rules } from '../formats/fields.js';
import { errorSchema } from './route.js';

/** The error of the event bus and of CloudEvents. */
export const eventErrorOf = errorSchema('EventError', {
  requestId: { type: 'string', description: 'The id of the request.' },
  code: { type: 'string', description: 'What kind of error it is.' },
  message: {
    type: 'string',
    description: 'What is wrong, with the place of the fault, such as `eventList[3].source`.',
  },
});

interface ObjectSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
}

function membersOf(rules: Rules<unknown>): ObjectSchema['properties'] {
  return (jsonSchemaOf(rules.schema) as unknown as ObjectSchema).properties;
}

const fields = Object.fromEntries(
  Object.entries(membersOf(eventBusRules)).map(([name, schema]) => [camelCase.get(name) ?? name, schema]),
);
const listOf = (items: JsonSchema, description: string) => ({ type: 'array', minItems: 1, items, description });

const event = {
  $id: 'BusEvent',
  type: 'object',
  required: ['source', 'type'],
  properties: fields,
};

export const eventListSchema = {
  $id: 'EventList',
  type: 'object',
  description: 'A request has `eventList` or `events`.',
  properties: {
    eventList: listOf(event, 'The events, by default at most 100.'),
    events: listOf(event, 'The same, where there is no `eventList`.'),
    eventBusId: { type: 'string', description: 'The bus of all events that name none.' },
    eventBusName: { type: 'string', description: 'The same, where there is no `eventBusId`.' },
  },
};

/** Times are in UTC+8, as the original has them. */
const busTime = (description: string) => ({
  type: 'string',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\+0[08]00$',
  description,
});
const texts = Object.fromEntries(
  Object.entries(fields).map(([name, { description }]) => [name, { type: 'string', description }] as const),
);

const acceptedEvent = {
  $id: 'AcceptedEvent',
  type: 'object',
  required: [
    'source',
    'type',
    'id',
    'time',
    'eventBusId',
    'specversion',
    'datacontenttype',
    'accountId',
    'recvTimestamp',
  ],
  properties: {
    ...texts,
    time: busTime('When the event happened, `yyyy-MM-ddTHH:mm:ss+0800`.'),
    recvTimestamp: busTime('When the event was received.'),
    data: { type: 'object', description: 'The data, digit for digit as it was sent.' },
    repeated: { type: 'boolean', const: true, description: 'Present when the event had been published before.' },
  },
};

export const acceptedListSchema = {
  $id: 'AcceptedEventList',
  type: 'object',
  required: ['events'],
  properties: { events: { ...listOf(acceptedEvent, 'The events in the order of the request.') } },
};

const attributes = membersOf(attributeRules);

export const cloudEventSchema = {
  $id: 'CloudEvent',
  type: 'object',
  description:
    'A CloudEvent 1.0. Other members are extensions: lower-case letters and digits name a string, a 32-bit integer or a boolean.',
  required: ['specversion', 'id', 'source', 'type'],
  properties: {
    ...attributes,
    data: { description: 'Any JSON value, passed on as it was sent.' },
    data_base64: { type: ['string', 'null'], format: 'byte', description: 'Bytes, in place of `data`.' },
  },
  additionalProperties: { type: ['string', 'integer', 'boolean', 'null'] },
};

/** The attributes that binary mode has in headers. */
export const headerAttributes = Object.entries(attributes).filter(([name]) => name !== 'datacontenttype');
