import { isUtf8 } from 'node:buffer';
import {
  inline,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  text,
  time,
  typed,
  type Static,
  type TSchema,
} from '@callbus/openapi/schema';
import { undeliveredReasons } from '@callbus/contracts/deliveries/undelivered';
import { withMember } from '@callbus/runtime/parsing/raw-json';
import Joi from 'joi';
import { onePath, route, type HandleOf } from '../api/route.js';
import { sampleEventId } from '../api/samples.js';
import { checkQuery } from '../http/check-body.js';
import type { Pool } from '../database/pool.js';
import { withTarget } from '../http/endpoint.js';
import { JsonText } from '../http/envelope.js';
import { Fault } from '../http/errors.js';
import type { ReadingTurns } from '../http/reading-turns.js';
import { readSelection, rowsOf, selectionFields, selectionSchema, type Selection } from './selection.js';
import { hasSubscription } from '../subscriptions/read-rows.js';
import { deleteUndelivered } from './delete-undelivered.js';
import { listUndelivered, type UndeliveredEvent } from './undelivered-events.js';

const limitDefault = 20;
const limitMax = 200;
/** The most events of a page with bodies, because a body may have megabytes. */
const limitMaxWithEvent = 20;

/** Well below the half minute after which proxies and clients usually give up. */
const longestDeletionMs = 10_000;

const limit = (max: number) => Joi.number().empty('').integer().min(1).max(max).default(limitDefault);

export const pageSchema = Joi.object<Omit<Selection, 'ids'> & { start: number; limit: number; event: boolean }>({
  start: Joi.number().empty('').integer().min(0).default(0).description('How many events to skip.'),
  event: Joi.boolean().empty('').default(false).description('Whether each event itself is answered.'),
  limit: Joi.when('event', { is: true, then: limit(limitMaxWithEvent), otherwise: limit(limitMax) })
    .description(`The most events of the page: at most ${limitMax}, and with \`event\` at most ${limitMaxWithEvent}.`)
    .meta({ json: { type: 'integer', minimum: 1, maximum: limitMax, default: limitDefault } }),
  ...selectionFields,
});

const members = {
  id: integer('The id by which the event can be chosen.'),
  event_id: nullable(text('The id of the event.')),
  event_name: nullable(text('The name that subscriptions match.')),
  reason: oneOf(undeliveredReasons, 'Why the event is undelivered.'),
  attempts: integer('Attempts that were made.'),
  last_status: nullable(integer('The status of the last answer.')),
  last_answer: nullable(text('The first 256 bytes of the last answer, or why there was none.')),
  received_at: time('When the event was accepted.'),
  failed_at: time('When the delivery ended.'),
};
const event = optional(
  typed<unknown>({
    description: 'With `event`: the event, digit for digit as it was published. Null if it is no JSON.',
  }),
);
const eventSchema = object('UndeliveredEvent', { ...members, event });
export const messageSchema = object('UndeliveredMessage', {
  ...members,
  queue: nullable(text('The queue that the message came from, and to which `dispatch` sends it back.')),
  event,
});

export const pageDataOf = <T extends TSchema>(item: T) =>
  inline({
    count: integer('All events that were found.'),
    info: list(item, { description: 'The events of the page in the order of acceptance; fewer when they are large.' }),
  });

export const sampleItem = {
  id: 1,
  event_id: sampleEventId,
  event_name: 'a.gs.cert.1',
  reason: 'exhausted',
  attempts: 10,
  last_status: 500,
  last_answer: 'Internal Server Error',
  received_at: '2026-11-26T10:20:00.000Z',
  failed_at: '2026-11-26T22:20:00.000Z',
} as const;

export const listUndeliveredRoute = route({
  method: 'get',
  path: `${onePath}/undelivered`,
  tag: 'undelivered',
  summary: 'List undelivered events',
  roles: ['operate', 'manage', 'look'],
  failed: 'undeliveredFailed',
  errors: ['undeliveredNotFound'],
  turns: 'own',
  query: pageSchema,
  data: pageDataOf(eventSchema),
  examples: {
    exhausted: { query: { reason: 'exhausted', limit: 20 }, data: { count: 1, info: [sampleItem] } },
  },
});

export const deleteUndeliveredRoute = route({
  method: 'delete',
  path: `${onePath}/undelivered`,
  tag: 'undelivered',
  summary: 'Delete undelivered events',
  description: 'Ends after 10 s: repeat it until `left` is 0. The body has to have `all`, `ids`, `from` or `to`.',
  roles: ['manage'],
  failed: 'undeliveredFailed',
  errors: ['undeliveredNotFound'],
  isChange: true,
  body: selectionSchema,
  data: inline({
    deleted: integer('Events that are deleted.'),
    left: integer('Selected events that are still there, because the time was over.'),
  }),
  examples: { some: { body: { ids: [1, 2] }, data: { deleted: 2, left: 0 } } },
});

export function listUndeliveredEndpoint({
  pool,
  turns,
}: {
  pool: Pool;
  turns: ReadingTurns;
}): HandleOf<typeof listUndeliveredRoute> {
  return withTarget<Static<typeof listUndeliveredRoute.data>>(async (target, { query, afterAnswer }) => {
    const page = checkQuery(pageSchema, query);
    if (page instanceof Fault) return page;
    if (!(await hasSubscription(pool, target))) return new Fault('undeliveredNotFound');
    const { start: offset, limit, event: withBody, ...selection } = page;
    const rows = rowsOf(target.id, { ids: null, ...selection });
    const turn = await turns.enter(target.account);
    if (turn instanceof Fault) return turn;
    afterAnswer(() => turn.end());
    const { count, events } = await turn.read(() => listUndelivered(pool, rows, { offset, limit, withBody }));
    return { data: pageOf(count, events, itemOf) };
  });
}

/** Deletes events for a limited time, because a million events take longer than a request may (decision 0057). */
export function deleteUndeliveredEndpoint({ pool }: { pool: Pool }): HandleOf<typeof deleteUndeliveredRoute> {
  return withTarget(async (target, { body }) => {
    const selection = readSelection(body);
    if (selection instanceof Fault) return selection;
    if (!(await hasSubscription(pool, target))) return new Fault('undeliveredNotFound');
    const rows = rowsOf(target.id, selection);
    return { data: await deleteUndelivered(pool, rows, performance.now() + longestDeletionMs) };
  });
}

/** A page as JSON text, because events are answered as they are stored, digit for digit. */
export function pageOf(
  count: number,
  events: readonly UndeliveredEvent[],
  itemFor: (event: UndeliveredEvent) => object,
): JsonText {
  const info = events.map((event) => {
    const item = JSON.stringify(itemFor(event));
    return event.body === null ? item : withMember(item, 'event', jsonIn(event.body));
  });
  return new JsonText(`{"count":${count},"info":[${info.join()}]}`);
}

export function itemOf(event: UndeliveredEvent): Static<typeof eventSchema> {
  return {
    id: event.id,
    event_id: event.eventId,
    event_name: event.eventName,
    reason: event.reason,
    attempts: event.attempts,
    last_status: event.lastStatus,
    last_answer: event.lastAnswer,
    received_at: event.receivedAt.toISOString(),
    failed_at: event.failedAt.toISOString(),
  };
}

/** @returns the body, or `null` for a body that is not JSON */
function jsonIn(body: Buffer): string {
  const text = body.toString();
  try {
    JSON.parse(text);
    return isUtf8(body) ? text : 'null';
  } catch {
    return 'null';
  }
}
