import { membersOf, parseValue } from '@callbus/runtime/parsing/raw-json';
import Joi from 'joi';
import { checkBody } from '../http/check-body.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault, fault, type ErrorName } from '../http/errors.js';
import { probeUrl } from '../subscriptions/callback-url.js';
import type { Probe, ProbeFailure } from './probe.js';
import type { ProbeRate } from './probe-rate.js';

const schema = Joi.object<{ callback_url: string }>({ callback_url: probeUrl });

/** Posts to a callback URL on behalf of a caller who is about to subscribe it. Every status is a success. */
export function pingEndpoint({ probe, rate }: { probe: Probe; rate: ProbeRate }): Endpoint {
  return probeEndpoint('pingFailed', rate, async (url, body) => {
    const answer = await probe.ping(url, bodyOf(body));
    return 'failure' in answer ? answer : { data: { http_status: answer.status, response_body: answer.body } };
  });
}

export function telnetEndpoint({ probe, rate }: { probe: Probe; rate: ProbeRate }): Endpoint {
  return probeEndpoint('telnetFailed', rate, async (url) => {
    const result = await probe.telnet(url);
    return result === 'connected' ? { data: 'success' } : result;
  });
}

function probeEndpoint(
  failed: ErrorName,
  rate: ProbeRate,
  ask: (url: string, body: string) => Promise<{ data: unknown } | ProbeFailure>,
): Endpoint {
  return {
    failed,
    turns: 'probes',
    async handle({ caller, body }) {
      const request = checkBody(schema, body);
      if (request instanceof Fault) return request;
      const tooOften = rate.take(caller.account);
      if (tooOften !== undefined) return tooOften;
      const answer = await ask(request.callback_url, body);
      return 'failure' in answer ? fault(failed, { reason: answer.failure }) : answer;
    },
  };
}

/** The bytes of `data`: a string as it is, another value as its JSON text in the request, unparsed as in a callback. */
function bodyOf(request: string): Buffer {
  const data = membersOf(request).get('data');
  if (data === undefined || data === 'null') return Buffer.alloc(0);
  return Buffer.from(data.startsWith('"') ? String(parseValue(data)) : data);
}
