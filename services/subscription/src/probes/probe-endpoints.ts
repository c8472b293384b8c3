import { membersOf, parseValue } from '@callbus/runtime/parsing/raw-json';
import { inline, integer, text } from '@callbus/openapi/schema';
import Joi from 'joi';
import { done, route, type HandleOf } from '../api/route.js';
import { checkBody } from '../http/check-body.js';
import type { Handle } from '../http/endpoint.js';
import { Fault, type ErrorName } from '../http/errors.js';
import { probeUrl } from '../subscriptions/callback-url.js';
import type { Probe, ProbeFailure } from './probe.js';
import type { ProbeRate } from './probe-rate.js';

const schema = Joi.object<{ callback_url: string }>({
  callback_url: probeUrl.description('The URL of the receiver. Without a scheme it counts as http.'),
});

export const pingRoute = route({
  method: 'post',
  path: '/subscribe/ping',
  tag: 'receivers',
  summary: 'Post to a receiver',
  description: 'Posts once, unsigned, and answers what the receiver answers within 10 s. Every status is a success.',
  roles: ['manage'],
  failed: 'pingFailed',
  turns: 'probes',
  body: schema.append({
    data: Joi.any().description('The body to post: a string as it is, any other value as JSON. By default nothing.'),
  }),
  data: inline({
    http_status: integer('The status of the answer.'),
    response_body: text('The first 64 KiB of the body.'),
  }),
  examples: {
    ping: {
      body: { callback_url: 'https://thumbs.example.com/events', data: { hello: 1 } },
      data: { http_status: 200, response_body: 'ok' },
    },
  },
});

export const telnetRoute = route({
  method: 'post',
  path: '/subscribe/telnet',
  tag: 'receivers',
  summary: 'Connect to a receiver',
  description: 'Opens a TCP connection within 10 s and sends nothing. The port is by default 80, or 443 for https.',
  roles: ['manage'],
  failed: 'telnetFailed',
  turns: 'probes',
  body: schema,
  data: done,
  examples: { telnet: { body: { callback_url: 'https://thumbs.example.com/events' }, data: 'success' } },
});

/** Posts to a URL so that a caller can test a receiver before subscribing. Every status is a success. */
export function pingEndpoint({ probe, rate }: { probe: Probe; rate: ProbeRate }): HandleOf<typeof pingRoute> {
  return probeEndpoint(pingRoute.failed, rate, async (url, body) => {
    const answer = await probe.ping(url, bodyOf(body));
    return 'failure' in answer ? answer : { data: { http_status: answer.status, response_body: answer.body } };
  });
}

export function telnetEndpoint({ probe, rate }: { probe: Probe; rate: ProbeRate }): HandleOf<typeof telnetRoute> {
  return probeEndpoint<'success'>(telnetRoute.failed, rate, async (url) => {
    const result = await probe.telnet(url);
    return result === 'connected' ? { data: 'success' } : result;
  });
}

function probeEndpoint<Data>(
  failed: ErrorName,
  rate: ProbeRate,
  send: (url: string, body: string) => Promise<{ data: Data } | ProbeFailure>,
): Handle<Data> {
  return async ({ caller, body }) => {
    const request = checkBody(schema, body);
    if (request instanceof Fault) return request;
    const refusal = rate.take(caller.account);
    if (refusal !== undefined) return refusal;
    const result = await send(request.callback_url, body);
    return 'failure' in result ? new Fault(failed, { reason: result.failure }) : result;
  };
}

/** The bytes to post: `data` itself if it is a string, otherwise its JSON text as the request has it. */
function bodyOf(request: string): Buffer {
  const data = membersOf(request).get('data');
  if (data === undefined || data === 'null') return Buffer.alloc(0);
  return Buffer.from(data.startsWith('"') ? String(parseValue(data)) : data);
}
