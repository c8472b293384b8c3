import { isSigningSecret } from '@callbus/contracts/subscriptions/sealed-headers';
import type { SealedSecret } from '@callbus/contracts/subscriptions/subscription';
import { done, onePath, route, type HandleOf } from '../api/route.js';
import { sampleDefinition } from '../api/samples.js';
import { withTarget } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import { invalid } from '../http/reasons.js';
import type { Replays } from '../replays/run-replays.js';
import { lockSubscription, updateSubscription } from './write-rows.js';
import { lockAccount } from '../accounts/usage.js';
import type { SaveOptions } from './create-endpoint.js';
import { changeSchema, complete, definitionSchema, readPatch, readReplacement, type Changed } from './definition.js';
import { warningsOf } from '../changes/warnings.js';

/** What PUT and PATCH have in common. */
const update = {
  path: onePath,
  tag: 'subscriptions',
  roles: ['manage'],
  failed: 'updateFailed',
  errors: ['updateNotFound', 'nameTaken', 'quotaUsedUp'],
  isChange: true,
  data: done,
  beside: ['warnings'],
} as const;

export const replaceRoute = route({
  ...update,
  method: 'put',
  summary: 'Replace a subscription',
  description:
    'Replaces the fields of bk-cmdb: required ones have to be present, and missing ones get their defaults. All other fields change only when the body names them; null sets a field back to its default.',
  body: definitionSchema,
  examples: { definition: { body: { ...sampleDefinition, timeout: 20 }, data: 'success' } },
});

export const patchRoute = route({
  ...update,
  method: 'patch',
  summary: 'Change fields of a subscription',
  description: 'Changes only the fields that the body names; null sets a field back to its default.',
  body: changeSchema,
  examples: {
    disable: { summary: 'Hold events', body: { enabled: false }, data: 'success' },
    enable: { summary: 'Deliver held and new events', body: { enabled: true }, data: 'success' },
    slower: { summary: 'Fewer callbacks at once', body: { max_in_flight: 4, timeout: 30 }, data: 'success' },
  },
});

/**
 * Changes a subscription; its statistics and queued deliveries stay.
 *
 * @param options `how`: PUT resets the original's fields that the body does not name, PATCH keeps them
 */
export function updateEndpoint(
  options: SaveOptions & { how: 'PUT' | 'PATCH'; replays: Pick<Replays, 'wake'> },
): HandleOf<typeof replaceRoute> {
  const { how, changes, addressPolicy, limits, quotas, secrets, sealHeaders, replays, verifications } = options;
  const read = how === 'PUT' ? readReplacement : readPatch;

  /**
   * Refuses to generate a secret, because the answer to an update does not contain it.
   *
   * @returns undefined when the signing secrets stay
   */
  function signingSecretsOf({ secret }: Changed): readonly SealedSecret[] | undefined | Fault {
    if (secret === undefined) return undefined;
    if (secret === null) return [];
    if (secret === 'generate') return invalid('secret', 'secret.onlyCreate');
    const made = secrets.make(secret);
    return made instanceof Fault ? made : [made];
  }

  return withTarget(async (target, { caller, body }) => {
    const changed = read(body, { addressPolicy, limits });
    if (changed instanceof Fault) return changed;
    const signing = signingSecretsOf(changed);
    if (signing instanceof Fault) return signing;
    const made = await changes.make({
      call: { operator: caller.user, what: [how, target.account, target.id], body },
      change: async (client) => {
        // The account is locked before the row, as for a new replay, to avoid deadlocks.
        await lockAccount(client, target.account);
        const stored = await lockSubscription(client, target);
        if (stored === undefined) return new Fault('updateNotFound');
        const definition = complete(stored, changed);
        if (definition instanceof Fault) return definition;
        const usedUp = await quotas.forUpdate(client, stored, definition);
        if (usedUp !== undefined) return usedUp;
        const sealed = changed.headers === undefined ? stored : sealHeaders.seal(changed.headers, stored);
        if (sealed instanceof Fault) return sealed;
        const row = await updateSubscription(client, target.id, {
          operator: caller.user,
          definition: { ...definition, headers: sealed.headers },
          secrets: [
            ...(signing ?? stored.secrets.filter(isSigningSecret)),
            ...sealed.secrets.filter((secret) => !isSigningSecret(secret)),
          ],
        });
        return row instanceof Fault ? row : { kind: 'saved', row };
      },
    });
    if (made instanceof Fault) return made;
    if (changed.enabled === true) replays.wake();
    verifications.wake();
    return { data: 'success', ...warningsOf(made) };
  });
}
