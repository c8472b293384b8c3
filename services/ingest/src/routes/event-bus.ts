import { eventBusError, type Answer, type Fault } from '../errors.js';
import { echo, readEventBus } from '../event-bus.js';
import type { Publish } from '../publish.js';
import type { Dialect } from './door.js';

/** Where the original has all of its APIs. */
export const eventBusPaths = '/v1';

/** `POST /v1/event-bus/event/recv`. Its answer repeats the events as they were taken, and names those that were taken before. */
export function eventBusDialect(options: { publish: Publish }): Dialect {
  return {
    name: 'event-bus',
    paths: [`${eventBusPaths}/event-bus/event/recv`, `${eventBusPaths}/event-bus/recv`],
    publish: options.publish,
    read: (_headers, body, receipt) => readEventBus(body, receipt),
    accepted: (events, repeats, requestId) => ({
      status: 200,
      headers: requestIdHeader(requestId),
      body: `{"events":[${events.map((event, place) => echo(event, repeats.has(place))).join()}]}`,
    }),
    refused: refuseEventBus,
  };
}

export function refuseEventBus(fault: Fault, requestId: string): Answer {
  return { ...eventBusError(fault, requestId), headers: requestIdHeader(requestId) };
}

/** The original's SDKs read the id of a request here, of a success from nowhere else. */
function requestIdHeader(requestId: string): readonly string[] {
  return ['x-bce-request-id', requestId];
}
