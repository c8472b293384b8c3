import { callbackRequest } from '@callbus/callback-request/callback-request';
import { maskValues } from '@callbus/callback-request/mask-values';
import type { OpenSecrets } from '@callbus/callback-request/open-secrets';
import { sampleEvent } from '@callbus/callback-request/sample-event';
import type { Post } from '@callbus/callback/post';
import type { Dialect } from '@callbus/contracts/events/event';
import { inline, integer, text } from '@callbus/openapi/schema';
import Joi from 'joi';
import { onePath, route, type HandleOf } from '../api/route.js';
import { sampleEventId } from '../api/samples.js';
import type { Pool } from '../database/pool.js';
import { checkBody } from '../http/check-body.js';
import { withTarget } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import type { PatternLimits } from '../subscriptions/patterns.js';
import { findSubscriptionOf } from '../subscriptions/read-rows.js';
import { toSubscription } from '../subscriptions/row.js';
import { oneOf } from '../subscriptions/rules.js';
import type { ProbeRate } from './probe-rate.js';

const schema = Joi.object<{ dialect: Dialect }>({
  dialect: oneOf(['cloudevents', 'etc'])
    .default('cloudevents')
    .description('The format in which the sample counts as published, which decides the body of `source` payloads.'),
});

export const testRoute = route({
  method: 'post',
  path: `${onePath}/test`,
  tag: 'receivers',
  summary: 'Send a sample event to the receiver',
  description:
    'Sends one callback now: an event of the type `callbus.test` with the format, the headers and the signature of the ' +
    'subscription, also while it is disabled. Every status is a success. Nothing is retried, counted or kept.',
  roles: ['manage'],
  failed: 'testFailed',
  errors: ['testNotFound'],
  turns: 'probes',
  body: schema,
  isBodyOptional: true,
  data: inline({
    event_id: text('The id of the sample.'),
    http_status: integer('The status of the answer.'),
    response_body: text('The first 64 KiB of the body, in which secret headers are masked.'),
    duration_ms: integer('The time from connecting to the end of the answer.'),
  }),
  examples: {
    test: {
      body: {},
      data: { event_id: sampleEventId, http_status: 200, response_body: 'ok', duration_ms: 12 },
    },
  },
});

/** Sends a sample event to the receiver of a subscription, as a worker would. */
export function testEndpoint(options: {
  pool: Pool;
  post: Pick<Post, 'post'>;
  openSecrets: OpenSecrets;
  rate: ProbeRate;
  limits: PatternLimits;
  /** Epoch milliseconds. */
  now: () => number;
}): HandleOf<typeof testRoute> {
  const { pool, post, openSecrets, rate, limits, now } = options;
  return withTarget(async (target, { body }) => {
    const wanted = checkBody(schema, body.trim() === '' ? '{}' : body);
    if (wanted instanceof Fault) return wanted;
    const row = await findSubscriptionOf(pool, target);
    if (row === undefined) return new Fault('testNotFound');
    if (row.isVerified === false) return failed('the receiver has not allowed callbacks');
    const refusal = rate.take(target.account);
    if (refusal !== undefined) return refusal;
    const opened = openSecrets(toSubscription(row, limits));
    if (opened === undefined) return failed('a secret of the subscription cannot be opened with SECRETS_KEY');

    const { subscription, secrets, secretValues } = opened;
    const { callbackUrl: url, timeoutMs } = subscription;
    const nowMs = now();
    const event = sampleEvent({ account: target.account, dialect: wanted.dialect, nowMs });
    const request = callbackRequest({ ...event, attempt: 1 }, subscription, { nowMs, secrets });
    const result = await post.post({ url, ...request, timeoutMs });
    if (result.kind !== 'answer') return failed(result.reason);
    return {
      data: {
        event_id: event.headers.id,
        http_status: result.status,
        response_body: maskValues(result.body.toString(), secretValues),
        duration_ms: Math.round(result.durationMs),
      },
    };
  });
}

function failed(reason: string): Fault {
  return new Fault('testFailed', { reason });
}
