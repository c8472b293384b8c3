import { readCloudEvents } from '../cloudevents.js';
import { eventBusError } from '../errors.js';
import type { Publish } from '../publish.js';
import type { Dialect } from './door.js';

/** `POST /cloudevents`. */
export function cloudEventsDialect(options: { publish: Publish }): Dialect {
  return {
    name: 'cloudevents',
    paths: ['/cloudevents'],
    publish: options.publish,
    read: readCloudEvents,
    accepted: () => ({ status: 202, body: '' }),
    refused: eventBusError,
  };
}
