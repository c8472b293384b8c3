import { BrokerUnavailable } from '@callbus/broker/broker';
import type { Authenticate, Caller } from '@callbus/runtime/auth/auth';
import { KeysNotLoaded } from '@callbus/runtime/auth/stored-keys';
import { jsonExcessOf } from '@callbus/runtime/parsing/json-values';
import type { Logger } from '@callbus/runtime/observability/logger';
import { addFacts, markChange, noteOf } from '@callbus/runtime/http/note-request';
import type { OpenBody, RequestBody } from '@callbus/runtime/http/request-body';
import { utf8Text } from '@callbus/runtime/parsing/utf8-text';
import type { Request, RequestHandler, Response } from 'express';
import { checkAccess } from './access.js';
import { createCallTurns } from './call-turns.js';
import { isObject } from './is-object.js';
import { isDatabaseAway, isOutOfTime } from '../database/pool.js';
import { languageOf, sendEnvelope, type EndpointResult } from './envelope.js';
import { Fault, type ErrorName } from './errors.js';
import { readTarget, type PathParameters, type Target } from './read-path.js';

/** Carries out an operation of the API. */
export type Handle<Data = unknown> = (call: Call) => Promise<EndpointResult<Data>>;

/** How an operation is served. */
export interface Serving {
  /** The roles of which a caller needs one. */
  readonly roles: Caller['roles'];
  /** The error of an exception: 503 while a store is away, otherwise 500. */
  readonly failed: ErrorName;
  /** Whether each success is logged at level `info` with its caller. */
  readonly isChange?: true;
  /**
   * The limit on concurrent calls of an account: `calls` by default, `probes` for calls that wait for receivers, `own` for
   * an operation that applies its own limit.
   */
  readonly turns?: 'calls' | 'probes' | 'own';
}

interface Call {
  readonly caller: Caller;
  readonly params: PathParameters;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** Registers a function that runs once the answer is sent or the caller has closed the connection. */
  readonly afterAnswer: (act: () => void) => void;
}

/** Handles calls that name one subscription. */
export function withTarget<Data>(handle: (target: Target, call: Call) => Promise<EndpointResult<Data>>): Handle<Data> {
  return async (call) => {
    const target = readTarget(call.params);
    return target instanceof Fault ? target : handle(target, call);
  };
}

/** How long a caller may take to read its answer, which takes up memory meanwhile. */
const answerTimeoutMs = 30_000;

/** Makes request handlers of routes. A request handler checks the caller, reads the body, runs the operation and answers. */
export function createServe(options: {
  authenticate: Authenticate;
  openBody: OpenBody;
  /** The most JSON values of a body. */
  jsonValues: number;
  logger: Logger;
}) {
  const { authenticate, openBody, jsonValues, logger } = options;
  const turns = { calls: createCallTurns(), probes: createCallTurns() };

  async function answer(
    { failed, isChange, turns: kind = 'calls', roles }: Serving,
    handle: Handle,
    { request, response, sent }: { request: Request; response: Response; sent: RequestBody },
  ): Promise<EndpointResult> {
    const { params } = request;
    const account = typeof params['account'] === 'string' ? params['account'] : undefined;
    const caller = checkAccess({ authenticate, headers: request.headers, account, roles });
    if (caller instanceof Fault) return caller;
    addFacts(response, { account: account ?? caller.account, user: caller.user, subscription: params['id'] });
    if (isChange) markChange(response);
    const afterAnswer = (act: () => void) => {
      if (response.closed) act();
      else response.once('close', act);
    };
    if (kind !== 'own') {
      const turn = await turns[kind].enter(account ?? caller.account);
      if (turn instanceof Fault) return turn;
      afterAnswer(() => turn.end());
    }
    const body = await readBody(sent, failed);
    return body instanceof Fault ? body : handle({ caller, params, query: request.query, body, afterAnswer });
  }

  /** Reads the body as text and ignores its media type, because clients often send a wrong one. */
  async function readBody(sent: RequestBody, failed: ErrorName) {
    const bytes = await sent.read();
    if (bytes === 'bodyTooLarge') return new Fault('tooLarge');
    if (bytes === 'overloaded') return new Fault(failed, { status: 503 });
    if (bytes === 'unknownEncoding') return new Fault('unknownEncoding');
    const text = bytes === 'unreadableBody' ? undefined : utf8Text(bytes);
    if (text === undefined) return new Fault('notJson');
    const excess = jsonExcessOf(jsonValues, text);
    if (excess === 'tooDeep') return new Fault('notJson');
    return excess === undefined ? text : new Fault('tooManyValues', { reason: String(jsonValues) });
  }

  function failureOf(error: unknown, { failed }: Serving, response: Response): Fault {
    const isAway =
      error instanceof BrokerUnavailable ||
      error instanceof KeysNotLoaded ||
      isDatabaseAway(error) ||
      isOutOfTime(error);
    logger.error({ requestId: noteOf(response).requestId, err: error }, failed);
    return new Fault(failed, { status: isAway ? 503 : 500 });
  }

  return (route: Serving, handle: Handle): RequestHandler =>
    async (request, response) => {
      const sent = openBody(request, response);
      const result = await answer(route, handle, { request, response, sent }).catch((error: unknown) =>
        failureOf(error, route, response),
      );
      noteCreated(response, result);
      sendEnvelope(response, result, languageOf(request));
      sent.close();
      limitReading(response);
    };
}

export type Serve = ReturnType<typeof createServe>;

function limitReading(response: Response): void {
  if (response.closed) return;
  const timer = setTimeout(() => response.destroy(), answerTimeoutMs);
  response.once('close', () => clearTimeout(timer));
}

/** Adds the id of a new subscription to the request's log line, because the path does not contain it. */
function noteCreated(response: Response, result: EndpointResult): void {
  const data = result instanceof Fault ? undefined : result.data;
  if (isObject(data) && 'subscription_id' in data) addFacts(response, { subscription: data['subscription_id'] });
}
