import { usesSchema } from '@callbus/contracts/keys/stored-key';
import type { KeySource } from '@callbus/runtime/auth/stored-keys';
import type { Logger } from '@callbus/runtime/observability/logger';
import express, { Router } from 'express';
import { checkBody } from '../http/check-body.js';
import { Fault } from '../http/errors.js';
import { answerFailure, requireToken } from '../http/internal.js';

/** The routes for services that check callers and have no database: list all keys page by page, and report uses. */
export function internalKeys(options: { keys: KeySource; internalTokens: readonly string[]; logger: Logger }): Router {
  const { keys, internalTokens, logger } = options;
  const router = Router();
  router.use(requireToken(internalTokens));

  router.get('/', async (request, response) => {
    const { after = '' } = request.query;
    if (typeof after === 'string') response.json(await keys.list(after));
    else response.status(400).json({ message: 'after: an id' });
  });

  router.post('/used', express.raw({ type: () => true }), async (request, response) => {
    const body: unknown = request.body;
    const used = checkBody(usesSchema, Buffer.isBuffer(body) ? body.toString() : '');
    if (used instanceof Fault) {
      response.status(400).json({ message: used.message.en });
      return;
    }
    await keys.report(used.uses);
    response.json({});
  });

  router.use(answerFailure(logger));
  return router;
}
