import { createHash, timingSafeEqual } from 'node:crypto';
import type { SubscriptionPage } from '@callbus/contracts/subscription';
import type { Logger } from '@callbus/runtime/logger';
import { requestIdIn } from '@callbus/runtime/http-service';
import { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import { isDatabaseAway, type Pool } from '../database.js';
import { readInteger } from '../read-path.js';
import { toSubscription } from '../subscription-row.js';
import { findSubscription, listSubscriptions } from '../subscriptions.js';

const defaultLimit = 1_000;
const maxLimit = 5_000;

/**
 * What the workers ask: every subscription page by page, or one. A failure is never an empty list or a 404, lest they take
 * subscriptions for deleted.
 */
export function internalSubscriptions(options: { pool: Pool; internalToken: string; logger: Logger }): Router {
  const { pool, internalToken, logger } = options;
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
  return (error: unknown, _request, response, _next) => {
    logger.error({ requestId: requestIdIn(response.locals), err: error }, 'listing subscriptions failed');
    response.status(isDatabaseAway(error) ? 503 : 500).json({ message: 'cannot be answered now' });
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
