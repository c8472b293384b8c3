import type { Announce } from '../announce.js';
import type { Pool } from '../database.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import { readPlace } from '../read-path.js';
import { insertSubscription } from '../subscriptions.js';
import { readDefinition } from '../validate.js';

export function createEndpoint({ pool, announce }: { pool: Pool; announce: Announce }): Endpoint {
  return {
    failed: 'createFailed',
    async handle({ caller, params, body }) {
      const place = readPlace(params);
      if (place instanceof Fault) return place;
      const definition = readDefinition(body);
      if (definition instanceof Fault) return definition;
      announce.requireOpen();
      const saved = await insertSubscription(pool, { place, operator: caller.user, definition });
      if (saved === 'name taken') return fault('nameTaken');
      await announce.saved(saved);
      return { data: { subscription_id: saved.id } };
    },
  };
}
