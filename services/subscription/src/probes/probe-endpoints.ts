import { membersOf, parseValue } from '@callbus/runtime/parsing/raw-json';
import Joi from 'joi';
import { checkBody } from '../http/check-body.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault, type ErrorName } from '../http/errors.js';
import { probeUrl } from '../subscriptions/callback-url.js';
import type { Probe, ProbeFailure } from './probe.js';
import type { ProbeRate } from './probe-rate.js';

const schema = Joi.object<{ callback_url: string }>({ callback_url: probeUrl });

/** Posts to a URL so that a caller can test a receiver before subscribing. Every status is a success. */
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
  send: (url: string, body: string) => Promise<{ data: unknown } | ProbeFailure>,
): Endpoint {
  return {
    failed,
    turns: 'probes',
    async handle({ caller, body }) {
      const request = checkBody(schema, body);
      if (request instanceof Fault) return request;
      const refusal = rate.take(caller.account);
      if (refusal !== undefined) return refusal;
      const result = await send(request.callback_url, body);
      return 'failure' in result ? new Fault(failed, { reason: result.failure }) : result;
    },
  };
}

/** The bytes to post: `data` itself if it is a string, otherwise its JSON text as the request has it. */
function bodyOf(request: string): Buffer {
  const data = membersOf(request).get('data');
  if (data === undefined || data === 'null') return Buffer.alloc(0);
  return Buffer.from(data.startsWith('"') ? String(parseValue(data)) : data);
}
