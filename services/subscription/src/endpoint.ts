import { BrokerUnavailable } from '@callbus/broker/broker';
import type { Authenticate, Caller } from '@callbus/runtime/auth';
import { requestIdIn } from '@callbus/runtime/http-service';
import type { Logger } from '@callbus/runtime/logger';
import { tell, tellChange } from '@callbus/runtime/note-request';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { checkAccess } from './access.js';
import { isObject } from './check-body.js';
import { isDatabaseAway } from './database.js';
import { languageOf, sendEnvelope, type Outcome } from './envelope.js';
import { Fault, fault, type ErrorName } from './errors.js';
import type { PathParameters } from './read-path.js';

/** An operation of the API. What it throws becomes its own code: 503 while a store is away, else 500. */
export interface Endpoint {
  readonly failed: ErrorName;
  /** Its success is logged with who did it. */
  readonly isChange?: boolean;
  /** Who may: any of these; `manage` alone unless told. */
  readonly roles?: Caller['roles'];
  handle(call: Call): Promise<Outcome>;
}

interface Call {
  readonly caller: Caller;
  readonly params: PathParameters;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const version = 'v3';
const bodyMaxBytes = 5 * 1024 * 1024;
/** As text, because clients are not careful with their content type. */
const parseText: RequestHandler = express.text({ type: () => true, limit: bodyMaxBytes });

/** The way of every request: who calls, what is in the body, the operation, the envelope. */
export function createServe(options: { authenticate: Authenticate; logger: Logger }) {
  const { authenticate, logger } = options;

  async function answer(endpoint: Endpoint, request: Request, response: Response): Promise<Outcome> {
    const { params } = request;
    if (params['version'] !== version) return fault('unknownRoute');
    const account = typeof params['account'] === 'string' ? params['account'] : undefined;
    const caller = checkAccess({
      authenticate,
      headers: request.headers,
      account,
      roles: endpoint.roles ?? ['manage'],
    });
    if (caller instanceof Fault) return caller;
    tell(response, { account: account ?? caller.account, user: caller.user, subscription: params['id'] });
    if (endpoint.isChange) tellChange(response);
    const body = await readBody(request, response);
    return body instanceof Fault ? body : endpoint.handle({ caller, params, query: request.query, body });
  }

  function failureOf(error: unknown, endpoint: Endpoint, response: Response): Fault {
    const isAway = error instanceof BrokerUnavailable || isDatabaseAway(error);
    logger.error({ requestId: requestIdIn(response.locals), err: error }, endpoint.failed);
    return fault(endpoint.failed, { status: isAway ? 503 : 500 });
  }

  return (endpoint: Endpoint): RequestHandler =>
    async (request, response) => {
      const outcome = await answer(endpoint, request, response).catch((error: unknown) =>
        failureOf(error, endpoint, response),
      );
      tellCreated(response, outcome);
      sendEnvelope(response, outcome, languageOf(request.headers));
    };
}

/** The id of what was created stands in no path. */
function tellCreated(response: Response, outcome: Outcome): void {
  const data = outcome instanceof Fault ? undefined : outcome.data;
  if (isObject(data) && 'subscription_id' in data) tell(response, { subscription: data['subscription_id'] });
}

async function readBody(request: Request, response: Response): Promise<string | Fault> {
  try {
    await new Promise<void>((resolve, reject) => {
      parseText(request, response, (error?: unknown) => (error instanceof Error ? reject(error) : resolve()));
    });
  } catch (error) {
    const status = error instanceof Error && 'status' in error ? error.status : undefined;
    return fault(status === 413 ? 'tooLarge' : 'notJson');
  }
  const body: unknown = request.body;
  return typeof body === 'string' ? body : '';
}
