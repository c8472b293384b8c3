import type { Broker } from '@callbus/broker/broker';
import { checkQuery } from '../http/check-body.js';
import type { Pool } from '../database/pool.js';
import { dispatchUnattributed } from './dispatch-unattributed.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault, fault } from '../http/errors.js';
import { readAccount } from '../http/read-path.js';
import type { ReadingTurns } from '../http/reading-turns.js';
import { reasonFor } from '../http/reasons.js';
import { readNarrowing } from './selection.js';
import { unattributedRows } from './unattributed.js';
import { listUndelivered } from './undelivered-events.js';
import { itemOf, pageOf, pageSchema } from './undelivered-endpoints.js';

/** Lists undelivered messages of an account that name no subscription. */
export function listUnattributedEndpoint({ pool, turns }: { pool: Pool; turns: ReadingTurns }): Endpoint {
  return {
    failed: 'undeliveredFailed',
    turns: 'own',
    roles: ['operate', 'manage'],
    async handle({ params, query, afterAnswer }) {
      const account = readAccount(params);
      if (account instanceof Fault) return account;
      const asked = checkQuery(pageSchema, query);
      if (asked instanceof Fault) return asked;
      const { start: offset, limit, event: withBody, ...selection } = asked;
      const rows = unattributedRows(account, { ids: null, ...selection });
      const turn = await turns.enter(account);
      if (turn instanceof Fault) return turn;
      afterAnswer(() => turn.end());
      const { count, events } = await turn.read(() => listUndelivered(pool, rows, { offset, limit, withBody }));
      return { data: pageOf(count, events, (event) => ({ ...itemOf(event), queue: event.queue })) };
    },
  };
}

/** Sends such messages back to the queues that they came from. */
export function dispatchUnattributedEndpoint(options: {
  pool: Pool;
  broker: Pick<Broker, 'putBack'>;
  turns: ReadingTurns;
}): Endpoint {
  const { pool, broker, turns } = options;
  return {
    failed: 'dispatchFailed',
    turns: 'own',
    isChange: true,
    async handle({ params, body, afterAnswer }) {
      const account = readAccount(params);
      if (account instanceof Fault) return account;
      const selection = readNarrowing(body);
      if (selection instanceof Fault) return selection;
      if (selection.ids === null && selection.reason === null)
        return fault('invalid', { field: 'ids', reason: reasonFor('selection.neither') });
      const turn = await turns.enter(account);
      if (turn instanceof Fault) return turn;
      afterAnswer(() => turn.end());
      const rows = unattributedRows(account, selection);
      return { data: await dispatchUnattributed({ pool, broker, rows, inTurn: (work) => turn.read(work) }) };
    },
  };
}
