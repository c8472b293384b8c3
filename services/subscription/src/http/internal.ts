import { BrokerUnavailable } from '@callbus/broker/broker';
import { createTokenCheck } from '@callbus/runtime/auth/check-token';
import { clientErrorOf } from '@callbus/runtime/http/app';
import { noteOf } from '@callbus/runtime/http/note-request';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { isDatabaseAway } from '../database/pool.js';

/** Refuses every caller but the other services. */
export function requireToken(tokens: readonly string[]): RequestHandler {
  const isCorrect = createTokenCheck(tokens.map((token) => `Bearer ${token}`));
  return (request, response, next) => {
    if (isCorrect(request.headers.authorization ?? '')) next();
    else response.status(401).json({ message: 'wrong bearer token' });
  };
}

export function answerFailure(logger: Logger): ErrorRequestHandler {
  // Express recognizes an error handler by its four parameters.
  return (error: unknown, _request, response, next) => {
    if (clientErrorOf(error) !== undefined) {
      next(error);
      return;
    }
    logger.error({ requestId: noteOf(response).requestId, err: error }, 'cannot answer another service');
    const isAway = error instanceof BrokerUnavailable || isDatabaseAway(error);
    response.status(isAway ? 503 : 500).json({ message: 'cannot be answered now' });
  };
}
