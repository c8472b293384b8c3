import type { Broker } from '@callbus/broker/broker';
import { checkQuery } from '../http/check-body.js';
import type { Pool } from '../database/pool.js';
import { dispatchUnattributed } from './dispatch-unattributed.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import { readAccount } from '../http/read-path.js';
import type { ReadingTurns } from '../http/reading-turns.js';
import { invalid } from '../http/reasons.js';
import { readAnySelection, unattributedRows } from './selection.js';
import { listUndelivered } from './undelivered-events.js';
import { itemOf, pageOf, pageSchema } from './undelivered-endpoints.js';

/** Lists the undelivered messages of an account that name no subscription. */
export function listUnattributedEndpoint({ pool, turns }: { pool: Pool; turns: ReadingTurns }): Endpoint {
  return {
    failed: 'undeliveredFailed',
    turns: 'own',
    roles: ['operate', 'manage'],
    async handle({ params, query, afterAnswer }) {
      const account = readAccount(params);
      if (account instanceof Fault) return account;
      const page = checkQuery(pageSchema, query);
      if (page instanceof Fault) return page;
      const { start: offset, limit, event: withBody, ...selection } = page;
      const rows = unattributedRows(account, { ids: null, ...selection });
      const turn = await turns.enter(account);
      if (turn instanceof Fault) return turn;
      afterAnswer(() => turn.end());
      const { count, events } = await turn.read(() => listUndelivered(pool, rows, { offset, limit, withBody }));
      return { data: pageOf(count, events, (event) => ({ ...itemOf(event), queue: event.queue })) };
    },
  };
}

/** Sends undelivered messages that name no subscription back to the queues from which they came. */
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
      const selection = readAnySelection(body);
      if (selection instanceof Fault) return selection;
      if (selection.ids === null && selection.reason === null) return invalid('ids', 'selection.neither');
      const turn = await turns.enter(account);
      if (turn instanceof Fault) return turn;
      afterAnswer(() => turn.end());
      const rows = unattributedRows(account, selection);
      return { data: await dispatchUnattributed({ pool, broker, rows, inTurn: (work) => turn.read(work) }) };
    },
  };
}
