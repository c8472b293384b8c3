import { readCloudEvents } from '../cloudevents.js';
import { eventBusError } from '../errors.js';
import type { Publish } from '../publish.js';
import type { Dialect } from './door.js';

/** `POST /cloudevents`. Its answer tells how many events were repeats, if any. */
export function cloudEventsDialect(options: { publish: Publish }): Dialect {
  return {
    name: 'cloudevents',
    paths: ['/cloudevents'],
    publish: options.publish,
    read: readCloudEvents,
    accepted: (_events, { size }) => ({
      status: 202,
      headers: size === 0 ? [] : ['X-Callbus-Repeated', String(size)],
      body: '',
    }),
    refused: eventBusError,
  };
}
