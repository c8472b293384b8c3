import { inline } from '@callbus/openapi/schema';
import Joi from 'joi';
import { onePath, route, type HandleOf } from '../api/route.js';
import { sampleSecret } from '../api/samples.js';
import type { Changes } from '../changes/changes.js';
import { checkBody } from '../http/check-body.js';
import { withTarget } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import { rotated, secretSchema, type Secrets, type WantedSecret } from './secrets.js';
import { replaceSecrets } from '../subscriptions/write-rows.js';
import { secret as secretRule } from '../subscriptions/rules.js';
import { warningsOf } from '../changes/warnings.js';

const schema = Joi.object<{ secret?: WantedSecret | null }>({
  secret: secretRule.description('The new secret; by default, and with null, a generated one.'),
});

export const rotateSecretRoute = route({
  method: 'post',
  path: `${onePath}/secret/rotate`,
  tag: 'subscriptions',
  summary: 'Make a new signing secret',
  description:
    'For a day each callback is signed with both the old and the new secret. Only this answer contains the new one.',
  roles: ['manage'],
  failed: 'updateFailed',
  errors: ['updateNotFound'],
  isChange: true,
  body: schema,
  isBodyOptional: true,
  data: inline({ secret: secretSchema }),
  beside: ['warnings'],
  examples: {
    generated: { body: {}, data: { secret: sampleSecret } },
    given: { body: { secret: sampleSecret }, data: { secret: sampleSecret } },
  },
});

/** Adds a signing secret, beside which the old one signs for a day. Only this answer contains the new secret. */
export function rotateSecretEndpoint(options: {
  changes: Changes;
  secrets: Secrets;
}): HandleOf<typeof rotateSecretRoute> {
  const { changes, secrets } = options;
  return withTarget(async (target, { caller, body }) => {
    const wanted = body.trim() === '' ? {} : checkBody(schema, body);
    if (wanted instanceof Fault) return wanted;
    const secret = secrets.make(wanted.secret ?? 'generate');
    if (secret instanceof Fault) return secret;
    const { account, id } = target;
    const made = await changes.make({
      call: { operator: caller.user, what: ['rotate', account, id], body },
      secret,
      change: async (client) => {
        const row = await replaceSecrets(client, { target, operator: caller.user }, (before) =>
          rotated(before, secret, Date.now()),
        );
        return row === undefined ? new Fault('updateNotFound') : { kind: 'saved', row };
      },
    });
    if (made instanceof Fault) return made;
    return { data: { secret: secrets.open(made.secret ?? secret.sealed) }, ...warningsOf(made) };
  });
}
