import Joi from 'joi';
import type { Announce } from '../announce.js';
import { checkBody } from '../check-body.js';
import type { Pool } from '../database.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import { readTarget } from '../read-path.js';
import { rotated, type MakeSecret, type WantedSecret } from '../secrets.js';
import { replaceSecrets } from '../subscriptions.js';
import { secretField } from '../validate.js';

const schema = Joi.object<{ secret?: WantedSecret | null }>({ secret: secretField });

/** Signs with a new secret at once, and with the old one for a day beside it. The new one is answered here and never again. */
export function rotateSecretEndpoint(options: { pool: Pool; announce: Announce; makeSecret: MakeSecret }): Endpoint {
  const { pool, announce, makeSecret } = options;
  return {
    failed: 'updateFailed',
    isChange: true,
    async handle({ caller, params, body }) {
      const target = readTarget(params);
      if (target instanceof Fault) return target;
      const wanted = body.trim() === '' ? {} : checkBody(schema, body);
      if (wanted instanceof Fault) return wanted;
      const secret = makeSecret(wanted.secret ?? 'generate');
      if (secret instanceof Fault) return secret;
      announce.requireOpen();
      const replace = { ...target, operator: caller.user };
      const saved = await replaceSecrets(pool, replace, (secrets) => rotated(secrets, secret.sealed, Date.now()));
      if (saved === 'not found') return fault('updateNotFound');
      await announce.saved(saved);
      return { data: { secret: secret.text } };
    },
  };
}
