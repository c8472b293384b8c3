import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { BrokerUnavailable, MessageTooLarge } from '@callbus/broker/broker';
import { accountMaxBytes } from '@callbus/contracts/account';
import { acceptedEncodings } from '@callbus/runtime/http/inflate';
import type { EventMessage } from '@callbus/contracts/events/event';
import { accountNamedBy, type Authenticate } from '@callbus/runtime/auth/auth';
import { KeysNotLoaded } from '@callbus/runtime/auth/stored-keys';
import { answerAtDoor, type Door, type DoorAnswer } from '@callbus/runtime/http/door';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { RequestNote } from '@callbus/runtime/http/note-request';
import { bodyMaxBytes, type BodyFault, type OpenBody, type RequestBody } from '@callbus/runtime/http/request-body';
import { encodeAll } from '../publishing/encode.js';
import { Fault, type FaultKind } from '../errors.js';
import { readHops } from './hops.js';
import type { IncomingEvent, Limits, Receipt } from '../formats/incoming-event.js';
import type { Publish, Repeats } from '../publishing/publish.js';
import type { Quotas } from '../quotas/quotas.js';
import { readTraceContext } from '../formats/trace-context.js';

/** The events of a request, and their messages. */
export interface Encoded {
  readonly events: readonly IncomingEvent[];
  readonly messages: readonly EventMessage[];
}

/** The answer to a request whose events are published. */
type Answer = (repeats: Repeats, requestId: string) => DoorAnswer;

interface Accepted {
  readonly answer: Answer;
  readonly repeats: Repeats;
  readonly facts: Facts;
}

/** A publish API: the format of its requests and the format of its answers. */
export interface PublishApi {
  readonly publish: Publish;
  read(headers: IncomingHttpHeaders, body: Buffer, receipt: Receipt): readonly IncomingEvent[] | Fault;
  /** Prepares the answer before the events are published, so that they need not be kept until they are confirmed. */
  answerTo(encoded: Encoded): Answer;
  refused(fault: Fault, requestId: string): DoorAnswer;
  /** The answer to OPTIONS. Without it, the door does not allow OPTIONS. */
  readonly options?: (headers: IncomingHttpHeaders) => DoorAnswer;
}

/** Called with the result of every publish request. */
export interface DoorObserver {
  opened(api: string): void;
  accepted(api: string, events: number): void;
  refused(api: string, reason: FaultKind): void;
}

export interface DoorOptions {
  readonly name: string;
  readonly authenticate: Authenticate;
  readonly limits: Limits;
  readonly quotas: Quotas;
  readonly openBody: OpenBody;
  readonly logger: Logger;
  readonly now: () => number;
  readonly newId: () => string;
  readonly observer: DoorObserver | undefined;
}

const accountHeader = 'HTTP_BK_SUPPLIER_ACCOUNT';
const keysRetryAfterS = 2;
/** The most events of a list that a log line names. */
const eventsShown = 10;

const bodyFaults: Readonly<Record<BodyFault, Fault>> = {
  bodyTooLarge: new Fault('bodyTooLarge', { limit: bodyMaxBytes }),
  unknownEncoding: new Fault('unknownEncoding'),
  unreadableBody: new Fault('unreadableBody'),
  overloaded: new Fault('overloaded', { retryAfterS: 5 }),
};

/** Serves a publish API: authenticates the caller, reads the events, publishes them, answers. */
export function createDoor(api: PublishApi, options: DoorOptions): Door {
  const { name, authenticate, limits, quotas, openBody, logger, now, newId, observer } = options;

  async function take(request: IncomingMessage, sent: RequestBody): Promise<Accepted | Fault> {
    const caller = authenticate(request);
    if (caller === undefined) return new Fault('unknownCaller');
    if (!caller.roles.includes('publish')) return new Fault('mayNotPublish');
    if (!caller.mayUse(accountNamedBy(request.headers) ?? caller.account))
      return new Fault('foreignAccount', { field: accountHeader });
    if (Buffer.byteLength(caller.account) > accountMaxBytes)
      return new Fault('tooLong', { field: accountHeader, limit: accountMaxBytes });
    const hops = readHops(request.headers);
    if (hops instanceof Fault) return hops;

    const body = await sent.read();
    if (typeof body === 'string') return bodyFaults[body];
    const tooFast = quotas.takeBytes(caller.account, body.length);
    if (tooFast !== undefined) return tooFast;
    const traceContext = readTraceContext(request.headers);
    const receipt = { caller, receivedAt: now(), traceContext, newId, limits };
    return publish(api.read(request.headers, body, receipt), hops);
  }

  /** Is not async: an async function would keep the events until they are published. Only their messages and the answer are needed then. */
  function publish(events: readonly IncomingEvent[] | Fault, hops: number): Promise<Accepted | Fault> | Fault {
    if (events instanceof Fault) return events;
    const tooMany = quotas.takeEvents(events);
    if (tooMany !== undefined) return tooMany;
    const messages = encodeAll(events, hops);
    return publishAll(messages, { answer: api.answerTo({ events, messages }), facts: identify(events) });
  }

  async function publishAll(
    messages: readonly EventMessage[],
    accepted: Omit<Accepted, 'repeats'>,
  ): Promise<Accepted | Fault> {
    try {
      return { ...accepted, repeats: await api.publish(messages) };
    } catch (error) {
      if (error instanceof MessageTooLarge) return new Fault('headersTooLarge');
      if (!(error instanceof BrokerUnavailable)) throw error;
      return new Fault('unavailable', { retryAfterS: error.retryAfterS });
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse, note: RequestNote): Promise<void> {
    const isPost = request.method === 'POST';
    const body = openBody(request, response);
    try {
      if (request.method === 'OPTIONS' && api.options !== undefined) {
        answerAtDoor(response, note, api.options(request.headers));
        return;
      }
      const result = isPost ? await take(request, body) : new Fault('wrongMethod');
      if (result instanceof Fault) refuse(response, note, result);
      else accept(response, note, result);
    } catch (error) {
      if (error instanceof KeysNotLoaded) {
        refuse(response, note, new Fault('unavailable', { retryAfterS: keysRetryAfterS }));
        return;
      }
      logger.error({ requestId: note.requestId, err: error }, 'unexpected');
      if (response.headersSent) response.destroy();
      else refuse(response, note, new Fault('internal'));
    } finally {
      body.close();
    }
  }

  function accept(response: ServerResponse, note: RequestNote, accepted: Accepted): void {
    const { answer, repeats, facts } = accepted;
    observer?.accepted(name, facts.events);
    note.facts = { dialect: name, ...facts };
    answerAtDoor(response, note, answer(repeats, note.requestId));
  }

  function refuse(response: ServerResponse, note: RequestNote, fault: Fault): void {
    observer?.refused(name, fault.kind);
    note.facts = { dialect: name, refused: fault.kind };
    const headers: string[] = [];
    const { status } = fault;
    const { hops, retryAfterS } = fault.details;
    if (status === 401) headers.push('WWW-Authenticate', 'Bearer');
    if (status === 405) headers.push('Allow', api.options === undefined ? 'POST' : 'POST, OPTIONS');
    if (hops !== undefined) headers.push('X-Callbus-Hops', hops);
    if (retryAfterS !== undefined) headers.push('Retry-After', String(retryAfterS));
    if (fault.kind === 'unknownEncoding') headers.push('Accept-Encoding', acceptedEncodings);
    const answer = api.refused(fault, note.requestId);
    answerAtDoor(response, note, { ...answer, headers: [...headers, ...(answer.headers ?? [])] });
  }

  observer?.opened(name);
  return (request, response, note) => void serve(request, response, note);
}

interface Facts {
  readonly account: string | undefined;
  readonly events: number;
  readonly event: readonly string[];
  readonly trace: string | undefined;
}

/** The facts that connect the log line of a request with the log lines of its events. */
function identify(events: readonly IncomingEvent[]): Facts {
  const [first] = events;
  const shown = events.slice(0, eventsShown).map(({ attributes }) => attributes.id);
  return { account: first?.account, events: events.length, event: shown, trace: first?.traceContext?.traceparent };
}
