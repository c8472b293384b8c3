import type { AddressPolicy } from '@callbus/callback/address-policy';
import type { Announce } from '../announce.js';
import type { Pool } from '../database.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import type { PatternLimits } from '../patterns.js';
import { readPlace } from '../read-path.js';
import type { MakeSecret } from '../secrets.js';
import { insertSubscription } from '../subscriptions.js';
import { readDefinition } from '../validate.js';

/** A secret is answered here and never again. */
export function createEndpoint(options: {
  pool: Pool;
  announce: Announce;
  addressPolicy: AddressPolicy;
  limits: PatternLimits;
  makeSecret: MakeSecret;
}): Endpoint {
  const { pool, announce, addressPolicy, limits, makeSecret } = options;
  return {
    failed: 'createFailed',
    isChange: true,
    async handle({ caller, params, body }) {
      const place = readPlace(params);
      if (place instanceof Fault) return place;
      const definition = readDefinition(body, { addressPolicy, limits });
      if (definition instanceof Fault) return definition;
      const secret = definition.secret ? makeSecret(definition.secret) : undefined;
      if (secret instanceof Fault) return secret;
      announce.requireOpen();
      const secrets = secret === undefined ? [] : [secret.sealed];
      const saved = await insertSubscription(pool, { place, operator: caller.user, definition, secrets });
      if (saved === 'name taken') return fault('nameTaken');
      await announce.saved(saved);
      return { data: { subscription_id: saved.id, ...(secret && { secret: secret.text }) } };
    },
  };
}
