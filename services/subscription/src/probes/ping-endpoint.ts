import { membersOf, parseValue } from '@callbus/runtime/parsing/raw-json';
import Joi from 'joi';
import { probeUrl } from '../subscriptions/callback-url.js';
import { checkBody } from '../http/check-body.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault, fault } from '../http/errors.js';
import type { Probe } from './probe.js';
import type { ProbeRate } from './probe-rate.js';

const schema = Joi.object<{ callback_url: string }>({ callback_url: probeUrl });

/** Posts to a callback URL on behalf of whoever is about to subscribe it; every status is a success. */
export function pingEndpoint({ probe, rate }: { probe: Probe; rate: ProbeRate }): Endpoint {
  return {
    failed: 'pingFailed',
    turns: 'probes',
    async handle({ caller, body }) {
      const request = checkBody(schema, body);
      if (request instanceof Fault) return request;
      const tooOften = rate.take(caller.account);
      if (tooOften !== undefined) return tooOften;
      const answer = await probe.ping(request.callback_url, bodyOf(body));
      if ('failure' in answer) return fault('pingFailed', { reason: answer.failure });
      return { data: { http_status: answer.status, response_body: answer.body } };
    },
  };
}

/** A string as it is, all else as the JSON text that it is written as: a callback's data is not parsed either. */
function bodyOf(request: string): Buffer {
  const data = membersOf(request).get('data');
  if (data === undefined || data === 'null') return Buffer.alloc(0);
  return Buffer.from(data.startsWith('"') ? String(parseValue(data)) : data);
}
