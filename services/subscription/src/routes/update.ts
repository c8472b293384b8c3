import type { AddressPolicy } from '@callbus/callback/address-policy';
import type { Changes } from '../changes.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import type { PatternLimits } from '../patterns.js';
import type { Quotas } from '../quotas.js';
import { readTarget } from '../read-path.js';
import { reasonFor } from '../reasons.js';
import type { Replays } from '../run-replays.js';
import type { Secrets } from '../secrets.js';
import { updateSubscription, type Save } from '../subscriptions.js';
import { readDefinition, type Definition } from '../validate.js';
import { warningsOf } from '../warnings.js';

/** Replaces the definition; statistics and queued deliveries stay, and so does the secret of which nothing is said. */
export function updateEndpoint(options: {
  changes: Changes;
  addressPolicy: AddressPolicy;
  limits: PatternLimits;
  quotas: Quotas;
  secrets: Secrets;
  replays: Pick<Replays, 'soon'>;
}): Endpoint {
  const { changes, addressPolicy, limits, quotas, secrets, replays } = options;

  /** One that would be made here would never be told. */
  function secretsOf({ secret }: Definition): Pick<Save, 'secrets'> | Fault {
    if (secret === undefined) return {};
    if (secret === null) return { secrets: [] };
    if (secret === 'generate') return fault('invalid', { field: 'secret', reason: reasonFor('secret.onlyCreate') });
    const made = secrets.make(secret);
    return made instanceof Fault ? made : { secrets: [made] };
  }

  return {
    failed: 'updateFailed',
    isChange: true,
    async handle({ caller, params, body }) {
      const target = readTarget(params);
      if (target instanceof Fault) return target;
      const definition = readDefinition(body, { addressPolicy, limits });
      if (definition instanceof Fault) return definition;
      const wanted = secretsOf(definition);
      if (wanted instanceof Fault) return wanted;
      const { place, id } = target;
      const save = { place, operator: caller.user, definition, ...wanted };
      const made = await changes.make({
        call: { operator: caller.user, what: ['update', place.account, place.bizId, id], body },
        change: async (client) => {
          const usedUp = await quotas.forUpdate(client, { account: place.account, id, definition });
          if (usedUp !== undefined) return usedUp;
          const row = await updateSubscription(client, id, save);
          if (row === 'not found') return fault('updateNotFound');
          return row === 'name taken' ? fault('nameTaken') : { kind: 'saved', row };
        },
      });
      if (made instanceof Fault) return made;
      if (definition.enabled) replays.soon();
      return { data: 'success', ...warningsOf(made) };
    },
  };
}
