import Joi from 'joi';
import { probeUrl } from '../callback-url.js';
import { checkBody } from '../check-body.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import type { Probe } from '../probe.js';

const schema = Joi.object<{ callback_url: string }>({ callback_url: probeUrl });

export function telnetEndpoint({ probe }: { probe: Probe }): Endpoint {
  return {
    failed: 'telnetFailed',
    turns: 'probes',
    async handle({ body }) {
      const request = checkBody(schema, body);
      if (request instanceof Fault) return request;
      const result = await probe.telnet(request.callback_url);
      return result === 'connected' ? { data: 'success' } : fault('telnetFailed', { reason: result.failure });
    },
  };
}
