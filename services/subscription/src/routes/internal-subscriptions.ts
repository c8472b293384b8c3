import { createHash, timingSafeEqual } from 'node:crypto';
import { BrokerUnavailable } from '@callbus/broker/broker';
import type { SubscriptionPage } from '@callbus/contracts/subscription';
import type { Logger } from '@callbus/runtime/logger';
import { clientFaultOf, requestIdIn } from '@callbus/runtime/http-service';
import express, { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import Joi from 'joi';
import type { Announce } from '../announce.js';
import { text } from '../check-body.js';
import { isDatabaseAway, type Pool } from '../database.js';
import { readInteger } from '../read-path.js';
import { toSubscription } from '../subscription-row.js';
import { disableSubscription, findSubscription, listSubscriptions } from '../subscriptions.js';

const defaultLimit = 1_000;
const maxLimit = 5_000;
const reasonMaxLength = 256;

const disableSchema = Joi.object<{ reason: string; revision: number }, true>({
  reason: text(reasonMaxLength).required(),
  revision: Joi.number().integer().min(1).required(),
});

/**
 * What the workers ask: every subscription page by page, or one, and to disable one whose receiver is gone. A failure is
 * never an empty list or a 404, lest they take subscriptions for deleted.
 */
export function internalSubscriptions(options: {
  pool: Pool;
  announce: Announce;
  internalToken: string;
  logger: Logger;
}): Router {
  const { pool, announce, internalToken, logger } = options;
  const router = Router();
  router.use(requireToken(internalToken));

  router.get('/', async (request, response) => {
    const after = readInteger(request.query['after'] ?? '0');
    const limit = readInteger(request.query['limit'] ?? String(defaultLimit));
    if (after === undefined || limit === undefined || limit < 1 || limit > maxLimit) {
      response.status(400).json({ message: `after: an id; limit: 1 to ${maxLimit}` });
      return;
    }
    const rows = await listSubscriptions(pool, after, limit);
    const next = rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
    response.json({ subscriptions: rows.map(toSubscription), next } satisfies SubscriptionPage);
  });

  router.get('/:id', async (request, response) => {
    const id = readInteger(request.params.id);
    const row = id === undefined ? undefined : await findSubscription(pool, id);
    if (row === undefined) response.status(404).json({ message: 'no such subscription' });
    else response.json(toSubscription(row));
  });

  router.post('/:id/disable', express.json(), async (request, response) => {
    const id = readInteger(request.params.id);
    const asked = disableSchema.validate(request.body);
    if (id === undefined || asked.error) {
      response.status(400).json({ message: 'an id, and a body of reason and revision' });
      return;
    }
    announce.requireOpen();
    const disabled = await disableSubscription(pool, { id, ...asked.value });
    if (disabled) await announce.saved(disabled);
    response.json({ disabled: disabled !== undefined });
  });

  router.use(answerFailure(logger));
  return router;
}

function requireToken(token: string): RequestHandler {
  const expected = sha256(`Bearer ${token}`);
  return (request, response, next) => {
    if (timingSafeEqual(sha256(request.headers.authorization ?? ''), expected)) next();
    else response.status(401).json({ message: 'the bearer token is not right' });
  };
}

function answerFailure(logger: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _request, response, next) => {
    if (clientFaultOf(error) !== undefined) {
      next(error);
      return;
    }
    logger.error({ requestId: requestIdIn(response.locals), err: error }, 'a worker cannot be answered');
    const isAway = error instanceof BrokerUnavailable || isDatabaseAway(error);
    response.status(isAway ? 503 : 500).json({ message: 'cannot be answered now' });
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
