import Joi from 'joi';
import type { Changes } from '../changes/changes.js';
import { checkBody } from '../http/check-body.js';
import { withTarget, type Endpoint } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import { rotated, type Secrets, type WantedSecret } from './secrets.js';
import { replaceSecrets } from '../subscriptions/write-rows.js';
import { secret as secretRule } from '../subscriptions/rules.js';
import { warningsOf } from '../changes/warnings.js';

const schema = Joi.object<{ secret?: WantedSecret | null }>({ secret: secretRule });

/** Adds a signing secret, beside which the old one signs for a day. Only this answer contains the new secret. */
export function rotateSecretEndpoint(options: { changes: Changes; secrets: Secrets }): Endpoint {
  const { changes, secrets } = options;
  return {
    failed: 'updateFailed',
    isChange: true,
    handle: withTarget(async (target, { caller, body }) => {
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
    }),
  };
}
