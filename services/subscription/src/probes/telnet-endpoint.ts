import Joi from 'joi';
import { probeUrl } from '../subscriptions/callback-url.js';
import { checkBody } from '../http/check-body.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault, fault } from '../http/errors.js';
import type { Probe } from './probe.js';
import type { ProbeRate } from './probe-rate.js';

const schema = Joi.object<{ callback_url: string }>({ callback_url: probeUrl });

export function telnetEndpoint({ probe, rate }: { probe: Probe; rate: ProbeRate }): Endpoint {
  return {
    failed: 'telnetFailed',
    turns: 'probes',
    async handle({ caller, body }) {
      const request = checkBody(schema, body);
      if (request instanceof Fault) return request;
      const tooOften = rate.take(caller.account);
      if (tooOften !== undefined) return tooOften;
      const result = await probe.telnet(request.callback_url);
      return result === 'connected' ? { data: 'success' } : fault('telnetFailed', { reason: result.failure });
    },
  };
}
