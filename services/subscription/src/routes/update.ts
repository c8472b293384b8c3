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
import { lockSubscription, updateSubscription, type Save } from '../subscriptions.js';
import { lockAccount } from '../usage.js';
import type { Verifications } from '../verifications.js';
import { complete, readPatch, readReplacement, type Changed } from '../validate.js';
import { warningsOf } from '../warnings.js';

/**
 * Changes a definition; statistics and queued deliveries stay.
 *
 * @param options `how`: PUT resets what the original knows and the body does not name, PATCH leaves it
 */
export function updateEndpoint(options: {
  how: 'PUT' | 'PATCH';
  changes: Changes;
  addressPolicy: AddressPolicy;
  limits: PatternLimits;
  quotas: Quotas;
  secrets: Secrets;
  verifications: Pick<Verifications, 'soon'>;
  replays: Pick<Replays, 'soon'>;
}): Endpoint {
  const { how, changes, addressPolicy, limits, quotas, secrets, replays, verifications } = options;
  const read = how === 'PUT' ? readReplacement : readPatch;

  /** One that would be made here would never be told. */
  function secretsOf({ secret }: Changed): Pick<Save, 'secrets'> | Fault {
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
      const changed = read(body, { addressPolicy, limits });
      if (changed instanceof Fault) return changed;
      const wanted = secretsOf(changed);
      if (wanted instanceof Fault) return wanted;
      const made = await changes.make({
        call: { operator: caller.user, what: [how, target.account, target.id], body },
        change: async (client) => {
          // Before the row: a replay is inserted, which needs the row, with the account locked.
          await lockAccount(client, target.account);
          const stored = await lockSubscription(client, target);
          if (stored === undefined) return fault('updateNotFound');
          const definition = complete(stored, changed);
          if (definition instanceof Fault) return definition;
          const usedUp = await quotas.forUpdate(client, stored, definition);
          if (usedUp !== undefined) return usedUp;
          const save = { operator: caller.user, definition, ...wanted };
          const row = await updateSubscription(client, target.id, save);
          return row === 'name taken' ? fault('nameTaken') : { kind: 'saved', row };
        },
      });
      if (made instanceof Fault) return made;
      if (changed.enabled === true) replays.soon();
      verifications.soon();
      return { data: 'success', ...warningsOf(made) };
    },
  };
}
