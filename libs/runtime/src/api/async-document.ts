import { batchMost } from '@callbus/contracts/events/event-batch';
import { newestFormat } from '@callbus/contracts/messages/message-format';
import type { JsonSchema } from '@callbus/openapi/schema';

/** The description of the API, from which the callbacks are copied. */
export interface DescribedApi {
  readonly info: { readonly title: string; readonly version: string };
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Header {
  readonly name: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

const ref = (place: string) => ({ $ref: `#/${place}` });
const text = (description: string, more: JsonSchema = {}) => ({ type: 'string', description, ...more });
const count = (description: string, more: JsonSchema = {}) => ({ type: 'integer', minimum: 0, description, ...more });
const object = (description: string, required: readonly string[], properties: JsonSchema): JsonSchema => ({
  type: 'object',
  description,
  required,
  properties,
});

const event = ref('components/schemas/DeliveredEvent');

const kindProperties = {
  account: text('The account.'),
  bus: text('The bus; empty for none.'),
  name: text(
    "The name that subscriptions match: the `event_key` of an ETC notification, any other event's `source.type`.",
  ),
  type: text("The event's type."),
  dialect: text('The form in which the event came in.', { enum: ['etc', 'cloudevents'] }),
  tracestate: text("The publisher's W3C trace context."),
  baggage: text('The same.'),
  hops: count('The length of the chain of callbacks that led to the event; absent for 0.', { minimum: 1 }),
};
const kindRequired = ['account', 'bus', 'name', 'type', 'dialect'];

const receivedAt = count('When the event was accepted, in milliseconds since 1970; of a batch, its first event.');
const version = (...formats: number[]) => ({
  type: 'integer',
  enum: formats,
  description: 'The number of the format; absent in format 1.',
});

const partMembers = [
  text("The event's id."),
  text('Recognizes repeats: the digest of account, bus, source and id.'),
  count('The offset of the JSON text of `data` in the event; 0 without `data`.'),
  count('The length of the event in bytes.'),
  { type: ['string', 'null'], description: 'The `traceparent` of the event.' },
  { type: 'integer', description: 'Milliseconds from the `receivedAt` of the batch to that of the event.' },
  count('The index of the event in `kinds`.'),
];

const parts = {
  type: 'array',
  minItems: 2,
  maxItems: batchMost.events,
  description: 'The events in the order of the body. Later members may be absent.',
  items: { type: 'array', items: partMembers, minItems: 4 },
};

/** The schemas that only the messages of taps use. */
const tapSchemas = {
  EventHeader: object(
    'The header `callbus` of a message with one event.',
    ['id', 'identity', 'receivedAt', 'dataAt', ...kindRequired],
    {
      v: version(2),
      id: partMembers[0],
      identity: partMembers[1],
      receivedAt,
      dataAt: partMembers[2],
      traceparent: text("The publisher's W3C trace context."),
      ...kindProperties,
    },
  ),
  BatchHeader: {
    description: 'The header `callbus` of a message with several events.',
    oneOf: [
      object('Events of one kind.', ['receivedAt', 'events', ...kindRequired], {
        v: version(2),
        receivedAt,
        events: parts,
        ...kindProperties,
      }),
      object('Events of several kinds.', ['v', 'receivedAt', 'events', 'kinds'], {
        v: version(newestFormat),
        receivedAt,
        events: parts,
        kinds: { type: 'array', minItems: 2, items: object('A kind.', kindRequired, kindProperties) },
      }),
    ],
  },
  EventBatch: {
    type: 'array',
    minItems: 2,
    maxItems: batchMost.events,
    description: 'CloudEvents in batched form.',
    items: event,
  },
};

const tapMessage = (
  summary: string,
  contentType: string,
  { header, payload }: { header: string; payload: object },
) => ({
  summary,
  contentType,
  headers: object('The headers of AMQP.', ['callbus'], {
    callbus: text(
      `JSON of the schema \`${header}\`, for the workers. All that a reader needs is in the payload, but for the name of an ETC notification.`,
      {
        contentMediaType: 'application/json',
      },
    ),
  }),
  payload,
  bindings: { amqp: { messageType: contentType, bindingVersion: '0.3.0' } },
});

const attributePrefix = 'callback-ce-';
const attributesRequired = ['specversion', 'id', 'source', 'type', 'accountid'].map((name) => `ce-${name}`);

/** The headers of callbacks, by names in lower case. */
function headersOf(api: DescribedApi, isIncluded: (id: string) => boolean, alsoRequired: readonly string[] = []) {
  const found = Object.entries(api.components['parameters'] ?? {}).filter(([id]) => isIncluded(id)) as [
    string,
    Header,
  ][];
  const required = found.filter(([, header]) => header.required).map(([, { name }]) => name.toLowerCase());
  return object(
    'The headers of HTTP. Names are in lower case here, and of any case in HTTP.',
    [...required, ...alsoRequired],
    Object.fromEntries(
      found.map(([, { name, description, schema }]) => [name.toLowerCase(), { ...schema, description }]),
    ),
  );
}

const isCallbackHeader = (id: string) => id.startsWith('callback-') && !id.startsWith(attributePrefix);

/**
 * The AsyncAPI description of what goes out: messages that taps get, and callbacks. Headers and payloads of callbacks are
 * those of the description of the API.
 */
export function asyncDocumentOf(api: DescribedApi) {
  const { title, version: apiVersion } = api.info;
  const { EtcCallback, DeliveredEvent } = api.components['schemas'] ?? {};
  const headers = headersOf(api, isCallbackHeader);
  const binaryHeaders = headersOf(api, (id) => id.startsWith('callback-'), attributesRequired);
  const messages = {
    tapEvent: tapMessage('An accepted event', 'application/cloudevents+json', {
      header: 'EventHeader',
      payload: event,
    }),
    tapBatch: tapMessage('Events that were accepted together', 'application/cloudevents-batch+json', {
      header: 'BatchHeader',
      payload: ref('components/schemas/EventBatch'),
    }),
    notification: {
      summary: 'An ETC notification as it was published',
      description: 'With `payload_format` `source`.',
      contentType: 'application/json',
      headers,
      payload: ref('components/schemas/EtcCallback'),
    },
    structured: {
      summary: 'A structured CloudEvent',
      description:
        'With `payload_format` `cloudevents`, every event. With `source`, every event that is no ETC notification.',
      contentType: 'application/cloudevents+json',
      headers,
      payload: event,
    },
    binary: {
      summary: 'A CloudEvent in binary mode',
      description: 'With `payload_format` `cloudevents-binary`: attributes are headers, and the data is the body.',
      headers: binaryHeaders,
      payload: {},
    },
  };
  const channelMessages = (...names: (keyof typeof messages)[]) =>
    Object.fromEntries(names.map((name) => [name, ref(`components/messages/${name}`)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title,
      version: apiVersion,
      description:
        'What an event bus sends: copies of accepted events to queues that are bound, and callbacks. docs/openapi.json describes its API.',
      license: { name: 'Apache-2.0' },
    },
    servers: {
      rabbitmq: {
        host: 'rabbitmq.example.com:5672',
        protocol: 'amqp',
        protocolVersion: '0-9-1',
        description: 'The RabbitMQ of the installation.',
      },
    },
    channels: {
      accepted: {
        address: '{account}.{bus}.{name}',
        title: 'The tap',
        description: 'Every accepted event. A queue gets what its bindings match: docs/taps.md.',
        servers: [ref('servers/rabbitmq')],
        parameters: {
          account: { description: 'The account.' },
          bus: { description: 'The bus; `-` for none.' },
          name: { description: 'The name that subscriptions match, which consists of words and dots.' },
        },
        messages: channelMessages('tapEvent', 'tapBatch'),
        bindings: {
          amqp: {
            is: 'routingKey',
            exchange: { name: 'callbus.events', type: 'topic', durable: true, autoDelete: false, vhost: '/' },
            bindingVersion: '0.3.0',
          },
        },
      },
      callback: {
        address: null,
        title: 'The callback',
        description:
          'The `callback_url` of each subscription that matches. docs/openapi.json has what a receiver answers.',
        messages: channelMessages('notification', 'structured', 'binary'),
      },
    },
    operations: {
      sendAccepted: {
        action: 'send',
        channel: ref('channels/accepted'),
        summary: 'Copies accepted events to the queues that are bound',
      },
      sendCallback: {
        action: 'send',
        channel: ref('channels/callback'),
        summary: 'Calls a receiver back',
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
      },
    },
    components: { messages, schemas: { EtcCallback, DeliveredEvent, ...tapSchemas } },
  };
}
