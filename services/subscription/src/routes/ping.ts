import Joi from 'joi';
import { probeUrl } from '../callback-url.js';
import { checkBody } from '../check-body.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import type { Probe } from '../probe.js';

const schema = Joi.object<{ callback_url: string; data?: unknown }>({ callback_url: probeUrl, data: Joi.any() });

/** Posts to a callback URL on behalf of whoever is about to subscribe it; every status is a success. */
export function pingEndpoint({ probe }: { probe: Probe }): Endpoint {
  return {
    failed: 'pingFailed',
    async handle({ body }) {
      const request = checkBody(schema, body);
      if (request instanceof Fault) return request;
      const answer = await probe.ping(request.callback_url, bodyOf(request.data));
      if ('failure' in answer) return fault('pingFailed', { reason: answer.failure });
      return { data: { http_status: answer.status, response_body: answer.body } };
    },
  };
}

function bodyOf(data: unknown): Buffer {
  if (data === undefined || data === null) return Buffer.alloc(0);
  return Buffer.from(typeof data === 'string' ? data : JSON.stringify(data));
}
