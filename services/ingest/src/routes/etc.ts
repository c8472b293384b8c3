import { etcError } from '../errors.js';
import { readEtc } from '../formats/etc.js';
import type { Publish } from '../publishing/publish.js';
import type { PublishApi } from './door.js';

/** `POST /api/publish`. The answer contains the event's id. */
export function etcApi(options: { publish: Publish; errorStatus: number | undefined }): PublishApi {
  return {
    name: 'etc',
    paths: ['/api/publish'],
    publish: options.publish,
    read: (_headers, body, receipt) => readEtc(body, receipt),
    answerTo: ({ events: [event] }) => {
      const answer = {
        status: 200,
        body: JSON.stringify({ request_id: event?.attributes.id, code: '000', msg: '成功' }),
      };
      return () => answer;
    },
    refused: (fault, requestId) => etcError(fault, requestId, options.errorStatus),
  };
}
