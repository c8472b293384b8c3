import type { AddressPolicy } from '@callbus/callback/address-policy';
import type { Announce } from '../announce.js';
import type { Pool } from '../database.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import type { PatternLimits } from '../patterns.js';
import { readTarget } from '../read-path.js';
import { reasonFor } from '../reasons.js';
import type { Replays } from '../run-replays.js';
import type { MakeSecret } from '../secrets.js';
import { updateSubscription, type Save } from '../subscriptions.js';
import { readDefinition, type Definition } from '../validate.js';

/** Replaces the definition; statistics and queued deliveries stay, and so does the secret of which nothing is said. */
export function updateEndpoint(options: {
  pool: Pool;
  announce: Announce;
  addressPolicy: AddressPolicy;
  limits: PatternLimits;
  makeSecret: MakeSecret;
  replays: Pick<Replays, 'soon'>;
}): Endpoint {
  const { pool, announce, addressPolicy, limits, makeSecret, replays } = options;

  /** One that would be made here would never be told. */
  function secretsOf({ secret }: Definition): Pick<Save, 'secrets'> | Fault {
    if (secret === undefined) return {};
    if (secret === null) return { secrets: [] };
    if (secret === 'generate') return fault('invalid', { field: 'secret', reason: reasonFor('secret.onlyCreate') });
    const made = makeSecret(secret);
    return made instanceof Fault ? made : { secrets: [made.sealed] };
  }

  return {
    failed: 'updateFailed',
    isChange: true,
    async handle({ caller, params, body }) {
      const target = readTarget(params);
      if (target instanceof Fault) return target;
      const definition = readDefinition(body, { addressPolicy, limits });
      if (definition instanceof Fault) return definition;
      const secrets = secretsOf(definition);
      if (secrets instanceof Fault) return secrets;
      announce.requireOpen();
      const save = { place: target.place, operator: caller.user, definition, ...secrets };
      const saved = await updateSubscription(pool, target.id, save);
      if (saved === 'not found') return fault('updateNotFound');
      if (saved === 'name taken') return fault('nameTaken');
      await announce.saved(saved);
      if (saved.enabled) replays.soon();
      return { data: 'success' };
    },
  };
}
