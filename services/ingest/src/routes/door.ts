import type { IncomingHttpHeaders } from 'node:http';
import { BrokerUnavailable } from '@callbus/broker/broker';
import { accountsNamedBy, type Authenticate } from '@callbus/runtime/auth';
import { requestIdIn } from '@callbus/runtime/http-service';
import type { Logger } from '@callbus/runtime/logger';
import { tell } from '@callbus/runtime/note-request';
import { Router, type Request, type Response } from 'express';
import { encode } from '../encode.js';
import { statusOf, type Answer, type Fault, type FaultKind } from '../errors.js';
import type { IncomingEvent, Limits, Reading, Receipt } from '../incoming-event.js';
import type { Publish } from '../publish.js';
import { validTraceparent } from '../traceparent.js';
import { readBody } from './read-body.js';

/** How one API speaks: what its requests hold, and what it answers. */
export interface Dialect {
  readonly name: string;
  readonly paths: string[];
  readonly publish: Publish;
  read(headers: IncomingHttpHeaders, body: Buffer, receipt: Receipt): Reading;
  accepted(events: readonly IncomingEvent[]): Answer;
  refused(fault: Fault, requestId: string): Answer;
}

/** Is told what comes of every publish. */
export interface DoorObserver {
  opened(dialect: string): void;
  accepted(dialect: string, events: number): void;
  refused(dialect: string, reason: FaultKind): void;
}

export interface DoorOptions {
  readonly authenticate: Authenticate;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly now: () => number;
  readonly newId: () => string;
  readonly observer: DoorObserver | undefined;
}

/** Of a long list a line of the log names only the first. */
const eventsShown = 10;

/** The way of every publish: know the caller, read the events, make them safe, answer. */
export function createDoor(dialect: Dialect, options: DoorOptions): Router {
  const { authenticate, limits, logger, now, newId, observer } = options;

  async function take(request: Request, response: Response): Promise<Reading> {
    const caller = authenticate(request);
    if (caller === undefined) return { fault: { kind: 'unknownCaller' } };
    if (!caller.roles.includes('publish')) return { fault: { kind: 'mayNotPublish' } };
    if (!accountsNamedBy(request.headers).every((account) => caller.mayUse(account)))
      return { fault: { kind: 'foreignAccount', place: 'HTTP_BK_SUPPLIER_ACCOUNT' } };

    const body = await readBody(request, response);
    if (!Buffer.isBuffer(body)) return { fault: body };
    const traceparent = validTraceparent(request.headers['traceparent']);
    const reading = dialect.read(request.headers, body, { caller, receivedAt: now(), traceparent, newId, limits });
    if ('fault' in reading) return reading;

    const fault = await publish(reading.events);
    return fault ? { fault } : reading;
  }

  async function publish(events: readonly IncomingEvent[]): Promise<Fault | undefined> {
    try {
      await dialect.publish(events.map(encode));
      return undefined;
    } catch (error) {
      if (!(error instanceof BrokerUnavailable)) throw error;
      return { kind: 'unavailable', retryAfterS: error.retryAfterS };
    }
  }

  async function serve(request: Request, response: Response): Promise<void> {
    try {
      const reading = await take(request, response);
      if ('fault' in reading) refuse(response, reading.fault);
      else accept(response, reading.events);
    } catch (error) {
      logger.error({ requestId: requestIdIn(response.locals), err: error }, 'unexpected');
      refuse(response, { kind: 'internal' });
    }
  }

  function accept(response: Response, events: readonly IncomingEvent[]): void {
    observer?.accepted(dialect.name, events.length);
    tell(response, { dialect: dialect.name, ...identify(events) });
    send(response, dialect.accepted(events));
  }

  function refuse(response: Response, fault: Fault): void {
    observer?.refused(dialect.name, fault.kind);
    tell(response, { dialect: dialect.name, refused: fault.kind });
    const status = statusOf(fault);
    if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (status === 405) response.setHeader('Allow', 'POST');
    if (fault.retryAfterS !== undefined) response.setHeader('Retry-After', String(fault.retryAfterS));
    send(response, dialect.refused(fault, requestIdIn(response.locals)));
  }

  observer?.opened(dialect.name);
  const router = Router();
  router
    .route(dialect.paths)
    .post(serve)
    .all((_request, response) => refuse(response, { kind: 'wrongMethod' }));
  return router;
}

/** What joins a request's line of the log with those of its events. */
function identify(events: readonly IncomingEvent[]) {
  const [first] = events;
  const shown = events.slice(0, eventsShown).map(({ attributes }) => attributes.id);
  return { account: first?.account, events: events.length, event: shown, trace: first?.traceparent };
}

function send(response: Response, { status, body }: Answer): void {
  response.status(status);
  if (body === '') response.end();
  else response.type('json').send(body);
}
