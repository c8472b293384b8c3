import type { Announce } from '../announce.js';
import type { Pool } from '../database.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import { readTarget } from '../read-path.js';
import type { Replays } from '../run-replays.js';
import { updateSubscription } from '../subscriptions.js';
import { readDefinition } from '../validate.js';

/** Replaces the definition; statistics and queued deliveries stay. */
export function updateEndpoint(options: { pool: Pool; announce: Announce; replays: Pick<Replays, 'soon'> }): Endpoint {
  const { pool, announce, replays } = options;
  return {
    failed: 'updateFailed',
    async handle({ caller, params, body }) {
      const target = readTarget(params);
      if (target instanceof Fault) return target;
      const definition = readDefinition(body);
      if (definition instanceof Fault) return definition;
      announce.requireOpen();
      const save = { place: target.place, operator: caller.user, definition };
      const saved = await updateSubscription(pool, target.id, save);
      if (saved === 'not found') return fault('updateNotFound');
      if (saved === 'name taken') return fault('nameTaken');
      await announce.saved(saved);
      if (saved.enabled) replays.soon();
      return { data: 'success' };
    },
  };
}
