import type { IncomingHttpHeaders } from 'node:http';
import { CONSTANTS } from 'cloudevents';
import { readCloudEvents } from '../formats/cloudevents.js';
import { eventBusError, type FaultKind } from '../errors.js';
import type { Publish } from '../publishing/publish.js';
import type { PublishApi } from './door.js';

/** The media types of the structured and the batched mode. */
const mediaTypes = [CONSTANTS.MIME_CE_JSON, CONSTANTS.MIME_CE_BATCH].join(', ');
/** The faults whose answers name the accepted media types. */
const namesMediaTypes: ReadonlySet<FaultKind> = new Set<FaultKind>(['notCloudEvent', 'notUtf8Charset']);

/** `POST /cloudevents`, whose answer has the number of repeats, and `OPTIONS`, with which senders ask for permission. */
export function cloudEventsApi(options: {
  publish: Publish;
  /** The quota of an account. */
  eventsPerSecond: number;
}): PublishApi {
  const rate = String(options.eventsPerSecond * 60);
  return {
    name: 'cloudevents',
    paths: ['/cloudevents'],
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
