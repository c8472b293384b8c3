import { jsonSchemaOf } from '@callbus/openapi/from-joi';
import { etcCodeOf, etcError } from '../errors.js';
import { etcRules, readEtc } from '../formats/etc.js';
import type { Publish } from '../publishing/publish.js';
import type { PublishApi } from './door.js';
import { errorSchema, type DoorRoute } from './route.js';

const requestId = { type: 'string', description: 'The id of the request.' };

export const etcRoute: DoorRoute = {
  name: 'etc',
  paths: { '/api/publish': 'publishEtc' },
  summary: 'Publish an ETC notification',
  description:
    'An ETC notification is never taken for a repeat. With `ETC_ERROR_STATUS=200` every error but 508 has the HTTP status 200, and only `code` tells it from a success.',
  body: {
    required: true,
    content: {
      'application/json': {
        schema: { $id: 'EtcNotification', ...jsonSchemaOf(etcRules.schema) },
        examples: {
          notification: {
            value: {
              event_source: 'a',
              event_topic: 'gs',
              event_type: 'cert',
              event_status: '1',
              changes: ['4028', '4029'],
            },
          },
          named: {
            summary: 'A name of its own, and items that are objects',
            value: {
              event_source: 'a',
              event_topic: 'gs',
              event_type: 'cert',
              event_status: 1,
              event_key: 'a.gs.cert.revoked',
              changes: [{ id: 4028 }],
            },
          },
        },
      },
    },
  },
  accepted: {
    status: 200,
    description: 'The broker has confirmed the event. `request_id` is the id of the event.',
    content: {
      schema: {
        $id: 'EtcAccepted',
        type: 'object',
        required: ['request_id', 'code', 'msg'],
        properties: {
          request_id: { type: 'string', description: 'The id of the event, by which it can be traced.' },
          code: { type: 'string', const: '000' },
          msg: { type: 'string', const: '成功' },
        },
      },
      examples: {
        accepted: { value: { request_id: 'c0b1a4d5-6f0e-4c0f-9d5c-0c6f7f3d2b11', code: '000', msg: '成功' } },
      },
    },
  },
  faults: ['notJsonObject'],
  errorOf: errorSchema('EtcError', {
    request_id: requestId,
    code: { type: 'string', description: 'The HTTP status as text; 500 also for 503.' },
    msg: { type: 'string', description: 'What is wrong, in Chinese.' },
  }),
  codeOf: etcCodeOf,
};

/** `POST /api/publish`. The answer contains the event's id. */
export function etcApi(options: { publish: Publish; errorStatus: number | undefined }): PublishApi {
  return {
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
