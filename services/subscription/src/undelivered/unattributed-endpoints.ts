import type { Broker } from '@callbus/broker/broker';
import { inline, integer } from '@callbus/openapi/schema';
import { route, type HandleOf } from '../api/route.js';
import { checkQuery } from '../http/check-body.js';
import type { Pool } from '../database/pool.js';
import { dispatchUnattributed } from './dispatch-unattributed.js';
import { Fault } from '../http/errors.js';
import { readAccount } from '../http/read-path.js';
import type { ReadingTurns } from '../http/reading-turns.js';
import { invalid } from '../http/reasons.js';
import { readAnySelection, selectionSchema, unattributedRows } from './selection.js';
import { listUndelivered } from './undelivered-events.js';
import { itemOf, messageSchema, pageDataOf, pageOf, pageSchema, sampleItem } from './undelivered-endpoints.js';

export const listUnattributedRoute = route({
  method: 'get',
  path: '/undelivered/:account',
  tag: 'undelivered',
  summary: 'List undelivered messages without a subscription',
  description: 'The account `-` has the messages whose account cannot be read.',
  roles: ['operate', 'manage', 'look'],
  failed: 'undeliveredFailed',
  turns: 'own',
  query: pageSchema,
  data: pageDataOf(messageSchema),
  examples: {
    poison: {
      query: { reason: 'poison' },
      data: { count: 1, info: [{ ...sampleItem, reason: 'poison', queue: 'events' }] },
    },
  },
});

export const dispatchUnattributedRoute = route({
  method: 'post',
  path: '/undelivered/:account/dispatch',
  tag: 'undelivered',
  summary: 'Send messages without a subscription back',
  description:
    'Sends the selected messages, byte for byte, back to the queues that they came from. The body has to have `ids` or `reason`.',
  roles: ['manage'],
  failed: 'dispatchFailed',
  turns: 'own',
  isChange: true,
  body: selectionSchema,
  data: inline({
    dispatched: integer('Messages that were sent back.'),
    skipped: integer('Messages that cannot be read. They stay.'),
    left: integer('Messages for which no time was left: send the request again.'),
  }),
  examples: { poison: { body: { reason: 'poison' }, data: { dispatched: 1, skipped: 0, left: 0 } } },
});

/** Lists the undelivered messages of an account that name no subscription. */
export function listUnattributedEndpoint({
  pool,
  turns,
}: {
  pool: Pool;
  turns: ReadingTurns;
}): HandleOf<typeof listUnattributedRoute> {
  return async ({ params, query, afterAnswer }) => {
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
  };
}

/** Sends undelivered messages that name no subscription back to the queues from which they came. */
export function dispatchUnattributedEndpoint(options: {
  pool: Pool;
  broker: Pick<Broker, 'putBack'>;
  turns: ReadingTurns;
}): HandleOf<typeof dispatchUnattributedRoute> {
  const { pool, broker, turns } = options;
  return async ({ params, body, afterAnswer }) => {
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
  };
}
