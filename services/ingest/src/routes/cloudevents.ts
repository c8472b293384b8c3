import type { IncomingHttpHeaders } from 'node:http';
import { CONSTANTS } from 'cloudevents';
import { readCloudEvents } from '../formats/cloudevents.js';
import { eventBusError, type FaultKind } from '../errors.js';
import type { Publish } from '../publishing/publish.js';
import type { PublishApi } from './door.js';

/** The media types that choose a mode. */
const mediaTypes = [CONSTANTS.MIME_CE_JSON, CONSTANTS.MIME_CE_BATCH].join(', ');
const namesMediaTypes: ReadonlySet<FaultKind> = new Set<FaultKind>(['notCloudEvent', 'notUtf8Charset']);

/** `POST /cloudevents`, whose answer tells the number of repeats, and `OPTIONS`, with which senders ask for permission. */
export function cloudEventsApi(options: {
  publish: Publish;
  /** Of an account. */
  eventsPerSecond: number;
}): PublishApi {
  const rate = String(options.eventsPerSecond * 60);
  return {
    name: 'cloudevents',
    paths: ['/cloudevents'],
    publish: options.publish,
    read: readCloudEvents,
    accepted: ({ repeats: { size } }) => ({
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

/** CloudEvents' web hooks, section 4.2. Every sender is allowed to send; its key and quota decide what is accepted. */
function grantTo({ 'webhook-request-origin': origin }: IncomingHttpHeaders, rate: string): string[] {
  return origin === undefined ? [] : ['WebHook-Allowed-Origin', String(origin), 'WebHook-Allowed-Rate', rate];
}
