import { eventBusError } from '../errors.js';
import { echo, readEventBus } from '../event-bus.js';
import type { Publish } from '../publish.js';
import type { Dialect } from './door.js';

/** `POST /v1/event-bus/event/recv`. Its answer repeats the events as they were taken, and names those that were taken before. */
export function eventBusDialect(options: { publish: Publish }): Dialect {
  return {
    name: 'event-bus',
    paths: ['/v1/event-bus/event/recv', '/v1/event-bus/recv'],
    publish: options.publish,
    read: (_headers, body, receipt) => readEventBus(body, receipt),
    accepted: (events, repeats) => ({
      status: 200,
      body: `{"events":[${events.map((event, place) => echo(event, repeats.has(place))).join()}]}`,
    }),
    refused: eventBusError,
  };
}
