import { CONSTANTS } from 'cloudevents';
import { readCloudEvents } from '../cloudevents.js';
import { eventBusError, type FaultKind } from '../errors.js';
import type { Publish } from '../publish.js';
import type { Dialect } from './door.js';

/** Of the modes that a media type chooses. */
const mediaTypes = [CONSTANTS.MIME_CE_JSON, CONSTANTS.MIME_CE_BATCH].join(', ');
const namesMediaTypes: ReadonlySet<FaultKind> = new Set<FaultKind>(['notCloudEvent', 'notUtf8Charset']);

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
    refused(fault, requestId) {
      const answer = eventBusError(fault, requestId);
      return namesMediaTypes.has(fault.kind) ? { ...answer, headers: ['Accept', mediaTypes] } : answer;
    },
  };
}
