import { isUtf8 } from 'node:buffer';
import { BrokerUnavailable } from '@callbus/broker/broker';
import type { SubscriptionPage } from '@callbus/contracts/subscriptions/subscription';
import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';
import { createTokenCheck } from '@callbus/runtime/auth/check-token';
import type { Logger } from '@callbus/runtime/observability/logger';
import { clientErrorOf } from '@callbus/runtime/http/app';
import { noteOf } from '@callbus/runtime/http/note-request';
import express, { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import Joi from 'joi';
import type { Changes } from '../changes/changes.js';
import { checkBody, text } from '../http/check-body.js';
import { isDatabaseAway } from '../database/pool.js';
import type { Epochs } from '../database/epochs.js';
import { Fault } from '../http/errors.js';
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

function requireToken(tokens: readonly string[]): RequestHandler {
  const isCorrect = createTokenCheck(tokens.map((token) => `Bearer ${token}`));
  return (request, response, next) => {
    if (isCorrect(request.headers.authorization ?? '')) next();
    else response.status(401).json({ message: 'wrong bearer token' });
  };
}

function answerFailure(logger: Logger): ErrorRequestHandler {
  // Express recognises an error handler by its four parameters.
  return (error: unknown, _request, response, next) => {
    if (clientErrorOf(error) !== undefined) {
      next(error);
      return;
    }
    logger.error({ requestId: noteOf(response).requestId, err: error }, 'cannot answer a worker');
    const isAway = error instanceof BrokerUnavailable || isDatabaseAway(error);
    response.status(isAway ? 503 : 500).json({ message: 'cannot be answered now' });
  };
}
