import { entryOf, eventBusError, type ErrorAnswer, type Fault } from '../errors.js';
import { readEventBus } from '../formats/event-bus.js';
import { echo, echoInPieces } from '../formats/event-bus-echo.js';
import type { Publish, Repeats } from '../publishing/publish.js';
import type { Encoded, PublishApi } from './door.js';
import { acceptedListSchema, eventErrorOf, eventListSchema } from './schemas.js';
import type { DoorRoute } from './route.js';

/** The path under which the original event bus has all its APIs. */
export const eventBusPaths = '/v1';

export const eventBusRoute: DoorRoute = {
  name: 'event-bus',
  paths: {
    [`${eventBusPaths}/event-bus/event/recv`]: 'publishEventList',
    [`${eventBusPaths}/event-bus/recv`]: 'publishEventListByAlias',
  },
  summary: 'Publish a list of events',
  description:
    "Publishes all events of the list or none. `source` and `id` identify an event: a repeat within the deduplication window succeeds, and is not delivered again. The names of members may have any case. The list may also be called `events`, as in the vendor's SDK.",
  body: {
    required: true,
    content: {
      'application/json': {
        schema: eventListSchema,
        examples: {
          list: {
            value: {
              eventBusId: 'default',
              eventList: [
                {
                  id: 'put-1',
                  source: 'acs.oss',
                  type: 'oss.ObjectCreated.PutObject',
                  time: '2026-11-26T18:20:00+0800',
                  data: { bucket: 'pictures', object: 'cat.png' },
                },
              ],
            },
          },
          sdk: {
            summary: "As the vendor's SDK sends it",
            value: {
              eventBusName: 'default',
              events: [{ source: 'acs.oss', type: 'oss.ObjectRemoved', data: '{"object":"dog.png"}' }],
            },
          },
        },
      },
    },
  },
  accepted: {
    status: 200,
    description: 'The broker has confirmed all events.',
    content: {
      schema: acceptedListSchema,
      examples: {
        accepted: {
          value: {
            events: [
              {
                source: 'acs.oss',
                type: 'oss.ObjectCreated.PutObject',
                id: 'put-1',
                time: '2026-11-26T18:20:00+0800',
                eventBusId: 'default',
                specversion: '1.0',
                datacontenttype: 'application/json',
                accountId: '0',
                recvTimestamp: '2026-11-26T18:20:01+0800',
                data: { bucket: 'pictures', object: 'cat.png' },
              },
            ],
          },
        },
      },
    },
  },
  faults: ['notJsonObject', 'notObject', 'notTime', 'notVersion1', 'notJsonType', 'notDataObject', 'tooMany'],
  errorOf: eventErrorOf,
  codeOf: (kind) => entryOf(kind).code,
  headers: { 'x-bce-request-id': 'The id of the request, as in `X-Request-Id`.' },
};

/** From this size on, an answer in pieces costs less than an answer in one string. */
const longAnswerBytes = 64 * 1024;

/** `POST /v1/event-bus/event/recv`. The answer repeats the published events, and marks those that had been published before. */
export function eventBusApi(options: { publish: Publish }): PublishApi {
  return {
    publish: options.publish,
    read: (_headers, body, receipt) => readEventBus(body, receipt),
    answerTo: (encoded) => {
      const bodyOf = isLong(encoded)
        ? (repeats: Repeats) => echoInPieces({ ...encoded, repeats })
        : echo(encoded.events);
      return (repeats, requestId) => ({ status: 200, headers: requestIdHeader(requestId), body: bodyOf(repeats) });
    },
    refused: refuseEventBus,
  };
}

function isLong({ messages }: Encoded): boolean {
  return messages.reduce((bytes, { body }) => bytes + body.length, 0) > longAnswerBytes;
}

export function refuseEventBus(fault: Fault, requestId: string): ErrorAnswer {
  return { ...eventBusError(fault, requestId), headers: requestIdHeader(requestId) };
}

/** The SDKs of the original event bus read the request id of a success only from this header. */
function requestIdHeader(requestId: string): readonly string[] {
  return ['x-bce-request-id', requestId];
}
