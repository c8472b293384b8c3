import { eventBusError, type ErrorAnswer, type Fault } from '../errors.js';
import { readEventBus } from '../formats/event-bus.js';
import { echo, echoInPieces } from '../formats/event-bus-echo.js';
import type { Publish, Repeats } from '../publishing/publish.js';
import type { Encoded, PublishApi } from './door.js';

/** The path under which the original event bus has all its APIs. */
export const eventBusPaths = '/v1';

/** From this size on, an answer in pieces costs less than an answer in one string. */
const longAnswerBytes = 64 * 1024;

/** `POST /v1/event-bus/event/recv`. The answer repeats the published events, and marks those that had been published before. */
export function eventBusApi(options: { publish: Publish }): PublishApi {
  return {
    name: 'event-bus',
    paths: [`${eventBusPaths}/event-bus/event/recv`, `${eventBusPaths}/event-bus/recv`],
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
