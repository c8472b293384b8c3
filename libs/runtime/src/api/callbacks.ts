import type { ApiPart } from '@callbus/openapi/document';
import type { Content, Parameter } from '@callbus/openapi/operation';
import { userAgent } from '../config/version.js';

const tag = 'callbacks';

const callbackTags = [
  {
    name: tag,
    description: 'The requests that receivers get. They follow Standard Webhooks and, by choice, CloudEvents.',
  },
];

const text = { type: 'string' };

const header = (
  name: string,
  description: string,
  { pattern, required = false }: { pattern?: string; required?: boolean } = {},
): Parameter => ({
  $id: `parameters/callback-${name}`,
  in: 'header',
  name,
  required,
  description,
  schema: pattern === undefined ? text : { ...text, pattern },
});

/** The headers of every request to a receiver. */
const headersOfEveryRequest = [header('User-Agent', `\`${userAgent}\``), header('Accept-Encoding', '`identity`')];

/** The headers of every callback. */
const callbackHeaders: readonly Parameter[] = [
  header(
    'webhook-id',
    'The same for every attempt and replay of an event at a subscription. A receiver recognizes repeats by it.',
    { required: true },
  ),
  header('webhook-timestamp', 'The seconds since 1970 at which the attempt was made.', {
    required: true,
    pattern: '^\\d+$',
  }),
  header(
    'webhook-signature',
    'Where the subscription has a secret: `v1,` and the HMAC-SHA256 of `webhook-id.webhook-timestamp.body` in base64. After a rotation there are several, separated by spaces.',
    { pattern: '^v1,\\S+( v1,\\S+)*$' },
  ),
  header('X-Callbus-Attempt', 'The number of the attempt, from 1.', { required: true, pattern: '^[1-9]\\d*$' }),
  header(
    'X-Callbus-Hops',
    'The length of the chain of callbacks, from 1. A receiver that publishes because of the callback passes it on.',
    { required: true, pattern: '^[1-9]\\d*$' },
  ),
  header('traceparent', "The publisher's W3C trace context."),
  header('tracestate', 'The same.'),
  header('baggage', 'The same.'),
  header('WebHook-Request-Origin', 'Where the receiver has been asked for permission: the name of this bus.'),
  ...headersOfEveryRequest,
];

const etc = {
  $id: 'EtcCallback',
  type: 'object',
  description: 'The notification as it was published, with its name and its id.',
  required: ['event_source', 'event_topic', 'event_type', 'event_status', 'event_key', 'changes', 'request_id'],
  properties: {
    event_source: text,
    event_topic: text,
    event_type: text,
    event_status: text,
    event_key: { ...text, description: 'The name that subscriptions match.' },
    changes: { type: 'array', minItems: 1, items: {}, description: 'As they were sent.' },
    request_id: { ...text, description: 'The id of the event.' },
  },
};

const event = {
  $id: 'DeliveredEvent',
  type: 'object',
  description:
    'A CloudEvent 1.0 in structured form. Its extensions are further members, whose names are of lower-case letters and digits.',
  required: ['specversion', 'id', 'source', 'type', 'accountid'],
  properties: {
    specversion: { ...text, const: '1.0' },
    id: text,
    source: text,
    type: text,
    time: { ...text, format: 'date-time' },
    datacontenttype: text,
    dataschema: text,
    subject: text,
    accountid: { ...text, description: 'The account.' },
    eventbusid: { ...text, description: 'The bus.' },
    data: { description: 'The data, digit for digit as it was published.' },
    data_base64: { ...text, format: 'byte' },
  },
};

const etcSample = {
  event_source: 'a',
  event_topic: 'gs',
  event_type: 'cert',
  event_status: '1',
  event_key: 'a.gs.cert.1',
  changes: ['4028', '4029'],
  request_id: 'c0b1a4d5-6f0e-4c0f-9d5c-0c6f7f3d2b11',
};

const eventSample = {
  specversion: '1.0',
  id: 'put-1',
  source: 'acs.oss',
  type: 'oss.ObjectCreated.PutObject',
  time: '2026-11-26T10:20:00.000Z',
  datacontenttype: 'application/json',
  accountid: '0',
  eventbusid: 'default',
  data: { bucket: 'pictures', object: 'cat.png' },
};

const notification = { schema: etc, examples: { notification: { value: etcSample } } };
const structured = {
  'application/cloudevents+json': { schema: event, examples: { event: { value: eventSample } } },
};
const binary = { '*/*': { schema: {} } };

/** The attributes in binary mode. */
const attributeHeaders = [
  'specversion',
  'id',
  'source',
  'type',
  'accountid',
  'time',
  'subject',
  'dataschema',
  'eventbusid',
].map((name) => header(`ce-${name}`, `In binary mode: the attribute \`${name}\`, percent-encoded.`));

const laterAgain = {
  description: 'Not confirmed. The next attempt comes after `Retry-After`.',
  headers: { 'Retry-After': { description: 'Seconds, or a date.', schema: text } },
};

const responses = {
  200: {
    description:
      'The callback is confirmed, and in the formats of CloudEvents any other status below 300 confirms it. `confirm_pattern` changes that.',
  },
  410: {
    description:
      'Unless `confirm_pattern` confirms it, the receiver is gone: its subscription is disabled, and the event is held.',
  },
  429: laterAgain,
  503: laterAgain,
  default: { description: 'Not confirmed: the next attempt comes after a pause, until `max_attempts` are made.' },
};

/** How the headers of an event are read in binary mode. */
const binaryMode =
  'In binary mode each attribute is a header whose name is `ce-` and the name of the attribute. That includes extension attributes. Values are percent-encoded. An event that does not fit into headers comes in structured form.';

interface Callback {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly content: Readonly<Record<string, Content>>;
  readonly parameters?: readonly Parameter[];
}

function pathItem({ operationId, summary, description, content, parameters = [] }: Callback) {
  return {
    post: {
      tags: [tag],
      operationId,
      summary,
      description,
      security: [],
      parameters: [...callbackHeaders, ...parameters],
      // In binary mode an event without data has no body.
      requestBody: { required: !('*/*' in content), content },
      responses,
    },
  };
}

/** A callback of any format, for the operation that creates a subscription. */
export const anyCallback = pathItem({
  operationId: 'receiveCallback',
  summary: 'The callback of an event',
  description: `\`payload_format\` chooses the format. ${binaryMode}`,
  content: {
    // In binary mode JSON is the data of the event.
    'application/json': { ...notification, schema: { anyOf: [etc, { description: 'The data.' }] } },
    ...structured,
    ...binary,
  },
  parameters: attributeHeaders,
});

/** The callbacks by `payload_format`, and the handshake of `verification`. */
const webhooks = {
  source: pathItem({
    operationId: 'receiveSource',
    summary: 'Receive an event in the format of its source',
    description:
      'With `payload_format` `source`, an ETC notification comes as it was published. Any other event comes as a structured CloudEvent.',
    content: { 'application/json': notification, ...structured },
  }),
  cloudevents: pathItem({
    operationId: 'receiveCloudEvent',
    summary: 'Receive a structured CloudEvent',
    description: 'With `payload_format` `cloudevents`, every event comes as a structured CloudEvent.',
    content: structured,
  }),
  'cloudevents-binary': pathItem({
    operationId: 'receiveBinaryCloudEvent',
    summary: 'Receive a CloudEvent in binary mode',
    description: `With \`payload_format\` \`cloudevents-binary\`, the data of the event is the body. ${binaryMode}`,
    content: { ...binary, ...structured },
    parameters: attributeHeaders,
  }),
  verification: {
    options: {
      tags: [tag],
      operationId: 'allowCallbacks',
      summary: 'Allow callbacks',
      description:
        "With `verification` `cloudevents`, the bus asks the receiver for permission before the first callback: the handshake of CloudEvents' web hooks, section 4. The receiver has to answer within 10 s, with any status.",
      security: [],
      parameters: [
        {
          in: 'header',
          name: 'WebHook-Request-Origin',
          required: true,
          description: 'The name of this bus.',
          schema: text,
        },
        ...headersOfEveryRequest,
      ],
      responses: {
        default: {
          description: 'The permission. Without it events are held, and the receiver is asked again.',
          headers: {
            'WebHook-Allowed-Origin': { description: 'The name of this bus, or `*`.', schema: text },
            'WebHook-Allowed-Rate': {
              description: 'The most callbacks per minute of each worker; `*` for no limit.',
              schema: text,
            },
          },
        },
      },
    },
  },
};

/** Describes the callbacks, which are the part of the API that workers serve. */
export function describeCallbacks(): ApiPart {
  return { operations: [], webhooks, tags: callbackTags };
}
