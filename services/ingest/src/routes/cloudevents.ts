import type { IncomingHttpHeaders } from 'node:http';
import { CONSTANTS } from 'cloudevents';
import { readCloudEvents } from '../formats/cloudevents.js';
import { entryOf, eventBusError, type FaultKind } from '../errors.js';
import type { Publish } from '../publishing/publish.js';
import type { PublishApi } from './door.js';
import type { DoorRoute } from './route.js';
import { cloudEventSchema, eventErrorOf, headerAttributes } from './schemas.js';

/** The media types of the structured and the batched mode. */
const mediaTypes = [CONSTANTS.MIME_CE_JSON, CONSTANTS.MIME_CE_BATCH].join(', ');
/** The faults whose answers name the accepted media types. */
const namesMediaTypes: ReadonlySet<FaultKind> = new Set<FaultKind>(['notCloudEvent', 'notUtf8Charset']);

const structured = {
  specversion: '1.0',
  id: '1',
  source: 'acs.oss',
  type: 'oss.ObjectRemoved',
  time: '2026-11-26T10:20:00Z',
  data: { object: 'dog.png' },
};

export const cloudEventsRoute: DoorRoute = {
  name: 'cloudevents',
  paths: { '/cloudevents': 'publishCloudEvents' },
  summary: 'Publish CloudEvents',
  description:
    'Takes the structured, the batched and the binary mode of the HTTP binding. A batch is published as a whole or not at all. `source` and `id` identify an event: a repeat within the deduplication window succeeds, and is not delivered again.',
  parameters: headerAttributes.map(([name, { description, ...schema }]) => ({
    in: 'header',
    name: `${CONSTANTS.EXTENSIONS_PREFIX}${name}`,
    description: `Binary mode: ${String(description)} Percent-encoded.`,
    schema: { ...schema, type: 'string' },
  })),
  body: {
    required: false,
    description: 'Any other media type is binary mode, with the data as the body and the attributes as headers `ce-…`.',
    content: {
      [CONSTANTS.MIME_CE_JSON]: {
        schema: cloudEventSchema,
        examples: { structured: { value: structured } },
      },
      [CONSTANTS.MIME_CE_BATCH]: {
        schema: { $id: 'CloudEventBatch', type: 'array', items: cloudEventSchema },
        examples: {
          batch: {
            value: [
              { ...structured, id: '2' },
              { ...structured, id: '3', subject: 'dog.png' },
            ],
          },
        },
      },
      '*/*': { schema: {} },
    },
  },
  accepted: {
    status: 202,
    description: 'The broker has confirmed all events. The answer has no body.',
    headers: {
      'X-Callbus-Repeated': 'The number of events that had been published before. Absent when there are none.',
    },
  },
  faults: [
    'notObject',
    'notAttribute',
    'notAttributeName',
    'notEncoded',
    'notBase64',
    'notTime',
    'notVersion1',
    'notMediaType',
    'notUri',
    'notUriReference',
    'dataTwice',
    'tooManyAttributes',
    'tooMany',
    'notCloudEvent',
    'notUtf8Charset',
  ],
  errorOf: eventErrorOf,
  codeOf: (kind) => entryOf(kind).code,
  options: {
    operationId: 'askToPublish',
    summary: 'Ask for the permission to publish',
    description: "The handshake of CloudEvents' web hooks, section 4. Every sender may send; its key decides later.",
    parameters: [
      {
        in: 'header',
        name: 'WebHook-Request-Origin',
        description: 'The sender. Without it the answer grants nothing.',
        schema: { type: 'string' },
      },
    ],
    headers: {
      Allow: 'The methods of the path.',
      'WebHook-Allowed-Origin': 'The origin that asked.',
      'WebHook-Allowed-Rate': 'The requests per minute that the sender may make.',
    },
  },
};

/** `POST /cloudevents`, whose answer has the number of repeats, and `OPTIONS`, with which senders ask for permission. */
export function cloudEventsApi(options: {
  publish: Publish;
  /** The quota of an account. */
  eventsPerSecond: number;
}): PublishApi {
  const rate = String(options.eventsPerSecond * 60);
  return {
    publish: options.publish,
    read: readCloudEvents,
    answerTo:
      () =>
      ({ size }) => ({
        status: 202,
        headers: size === 0 ? [] : ['X-Callbus-Repeated', String(size)],
        body: '',
      }),
    refused(fault, requestId) {
      const answer = eventBusError(fault, requestId);
      return namesMediaTypes.has(fault.kind) ? { ...answer, headers: ['Accept', mediaTypes] } : answer;
    },
    options: (headers) => ({ status: 200, headers: ['Allow', 'POST, OPTIONS', ...grantTo(headers, rate)], body: '' }),
  };
}

/** Section 4.2 of CloudEvents' web hooks. Every sender may send; its key and quota decide which events are accepted. */
function grantTo({ 'webhook-request-origin': origin }: IncomingHttpHeaders, rate: string): string[] {
  return origin === undefined ? [] : ['WebHook-Allowed-Origin', String(origin), 'WebHook-Allowed-Rate', rate];
}
