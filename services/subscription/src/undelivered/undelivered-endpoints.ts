import { isUtf8 } from 'node:buffer';
import { withMember } from '@callbus/runtime/parsing/raw-json';
import Joi from 'joi';
import { checkQuery } from '../http/check-body.js';
import type { Pool } from '../database/pool.js';
import { withTarget, type Endpoint } from '../http/endpoint.js';
import { JsonText } from '../http/envelope.js';
import { Fault } from '../http/errors.js';
import type { ReadingTurns } from '../http/reading-turns.js';
import { readSelection, rowsOf, selectionFields, type Selection } from './selection.js';
import { hasSubscription } from '../subscriptions/read-rows.js';
import { deleteUndelivered } from './delete-undelivered.js';
import { listUndelivered, type UndeliveredEvent } from './undelivered-events.js';

const limitMax = 200;
/** The most events of a page with bodies, because a body may have megabytes. */
const limitMaxWithEvent = 20;

/** Well below the half minute after which proxies and clients usually give up. */
const longestDeletionMs = 10_000;

const limit = (max: number) => Joi.number().empty('').integer().min(1).max(max).default(20);

export const pageSchema = Joi.object<Omit<Selection, 'ids'> & { start: number; limit: number; event: boolean }>({
  start: Joi.number().empty('').integer().min(0).default(0),
  event: Joi.boolean().empty('').default(false),
  limit: Joi.when('event', { is: true, then: limit(limitMaxWithEvent), otherwise: limit(limitMax) }),
  ...selectionFields,
});

export function listUndeliveredEndpoint({ pool, turns }: { pool: Pool; turns: ReadingTurns }): Endpoint {
  return {
    failed: 'undeliveredFailed',
    turns: 'own',
    roles: ['operate', 'manage'],
    handle: withTarget(async (target, { query, afterAnswer }) => {
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
    }),
  };
}

/** Deletes events for a limited time, because a million events take longer than a request may (decision 0057). */
export function deleteUndeliveredEndpoint({ pool }: { pool: Pool }): Endpoint {
  return {
    failed: 'undeliveredFailed',
    isChange: true,
    handle: withTarget(async (target, { body }) => {
      const selection = readSelection(body);
      if (selection instanceof Fault) return selection;
      if (!(await hasSubscription(pool, target))) return new Fault('undeliveredNotFound');
      const rows = rowsOf(target.id, selection);
      return { data: await deleteUndelivered(pool, rows, performance.now() + longestDeletionMs) };
    }),
  };
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

export function itemOf(event: UndeliveredEvent) {
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
