import { isUtf8 } from 'node:buffer';
import type { SubscriptionPage } from '@callbus/contracts/subscriptions/subscription';
import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';
import type { Logger } from '@callbus/runtime/observability/logger';
import express, { Router } from 'express';
import Joi from 'joi';
import type { Changes } from '../changes/changes.js';
import { checkBody, text } from '../http/check-body.js';
import type { Epochs } from '../database/epochs.js';
import { Fault } from '../http/errors.js';
import { answerFailure, requireToken } from '../http/internal.js';
import type { PatternLimits } from './patterns.js';
import { readInteger } from '../http/read-path.js';
import { toSubscription } from './row.js';
import { findSubscription, listSubscriptions, type PageBounds } from './read-rows.js';
import { disableSubscription } from './write-rows.js';

const defaultLimit = 1_000;
const maxLimit = 5_000;
/** A page takes up several times its size in memory, here and in the worker. */
const pageMaxBytes = 4 * 1024 * 1024;
/** The most pages that are read at once, so that many starting workers leave connections for other calls. */
const pagesAtOnce = 3;
const reasonMaxLength = 256;

const disableSchema = Joi.object<{ reason: string; revision: number }>({
  reason: text(reasonMaxLength).required(),
  revision: Joi.number().integer().min(1).required(),
});

/**
 * The routes for workers: list all subscriptions page by page, read one, and disable one whose receiver is gone (410). A
 * failure is never answered with an empty list or a 404, because workers would conclude that subscriptions are deleted.
 */
export function internalSubscriptions(options: {
  epochs: Epochs;
  changes: Changes;
  internalTokens: readonly string[];
  limits: PatternLimits;
  logger: Logger;
}): Router {
  const { epochs, changes, internalTokens, limits, logger } = options;
  const router = Router();
  const limited = limitConcurrency(pagesAtOnce);
  // A handler of each route, not of the router, so that the metrics name the route of a refused request.
  const isWorker = requireToken(internalTokens);

  router.get('/', isWorker, async (request, response) => {
    const bounds = readBounds(request.query);
    if (bounds === undefined) {
      const message = `after: an id; limit: 1 to ${maxLimit}; bytes: 1 to ${pageMaxBytes}`;
      response.status(400).json({ message });
      return;
    }
    const page = await limited(() =>
      epochs.inEpoch(async (client, epoch) => ({ ...(await listSubscriptions(client, bounds)), epoch })),
    );
    const { rows, next, epoch } = page;
    const subscriptions = rows.map((row) => toSubscription(row, limits));
    response.json({ subscriptions, next, epoch } satisfies SubscriptionPage);
  });

  router.get('/:id', isWorker, async (request, response) => {
    const id = readInteger(request.params.id);
    const row = id === undefined ? undefined : await epochs.inEpoch((client) => findSubscription(client, id));
    if (row === undefined) response.status(404).json({ message: 'no such subscription' });
    else response.json(toSubscription(row, limits));
  });

  router.post('/:id/disable', isWorker, express.raw({ type: () => true }), async (request, response) => {
    const id = readInteger(request.params.id);
    const body: unknown = request.body;
    const isText = Buffer.isBuffer(body) && isUtf8(body);
    const disabling = isText ? checkBody(disableSchema, body.toString()) : new Fault('notJson');
    if (id === undefined || disabling instanceof Fault) {
      response.status(400).json({ message: 'an id in the path, and a body with reason and revision' });
      return;
    }
    const made = await changes.make({
      call: undefined,
      change: async (client) => {
        const row = await disableSubscription(client, { id, ...disabling });
        return row === undefined ? new Fault('updateNotFound') : { kind: 'saved', row };
      },
    });
    response.json({ disabled: !(made instanceof Fault) });
  });

  router.use(answerFailure(logger));
  return router;
}

function readBounds(query: Readonly<Record<string, unknown>>): PageBounds | undefined {
  const after = readInteger(query['after'] ?? '0');
  const rows = readInteger(query['limit'] ?? String(defaultLimit));
  const bytes = readInteger(query['bytes'] ?? String(pageMaxBytes));
  if (after === undefined || rows === undefined || bytes === undefined) return undefined;
  const isAllowed = rows >= 1 && rows <= maxLimit && bytes >= 1 && bytes <= pageMaxBytes;
  return isAllowed ? { after, rows, bytes } : undefined;
}
