import type { PostRequest, PostResult } from '@callbus/callback/post';
import type { ReceivedMessage } from '@callbus/broker/broker';
import { messageSpan, type SpanStart, type TraceSpan, type Tracing } from '@callbus/runtime/observability/tracing';
import type { Dispatched } from './dispatch.js';
import type { Fate } from './tasks/fate.js';
import type { Task } from './tasks/task.js';

/** Describes the span of a step. The subject is the first argument of the step. */
interface SpanOf<Subject, Result> {
  readonly start: (subject: Subject) => SpanStart;
  /** Puts the context of the span into the subject, so that the messages and requests of the step carry it. */
  readonly withContext: (subject: Subject, traceparent: string) => Subject;
  /** A span that is not ended is not exported. */
  readonly end: (span: TraceSpan, subject: Subject, result: Result) => void;
}

/**
 * Wraps a step, so that each of its runs has a span. The journal cannot create spans, because it is told afterwards, and the context of a span
 * has to be known before the step begins (decision 0054). Without tracing, returns the step unchanged.
 */
export function inSpan<Subject, Rest extends unknown[], Result>(
  tracing: Tracing | undefined,
  { start, withContext, end }: SpanOf<Subject, Result>,
  step: (subject: Subject, ...rest: Rest) => Promise<Result>,
): (subject: Subject, ...rest: Rest) => Promise<Result> {
  if (tracing === undefined) return step;
  return async (subject, ...rest) => {
    const span = tracing.start(start(subject));
    try {
      const result = await step(withContext(subject, span.traceparent), ...rest);
      end(span, subject, result);
      return result;
    } catch (error) {
      span.end(error instanceof Error ? error.name : 'unknown');
      throw error;
    }
  };
}

/**
 * The dispatch of an event. The messages of its deliveries carry the context of this span, also through retry queues, so that all attempts of
 * a delivery are siblings below it.
 */
export const dispatchSpan: SpanOf<ReceivedMessage, Dispatched> = {
  start: ({ headers }) => messageSpan('process', 'events', headers),
  withContext: (message, traceparent) => ({ ...message, headers: { ...message.headers, traceparent } }),
  end(span, _message, result) {
    if (result.kind === 'forwarded') span.note({ 'callbus.deliveries': result.deliveries });
    span.end(result.kind === 'undelivered' ? result.reason : undefined);
  },
};

/** One task in the hands of a worker. The span of a task that is only parked is dropped; `callbus.parked` of the next span counts the parking. */
export const deliverSpan: SpanOf<Task, Fate> = {
  start: ({ origin }) => messageSpan('process', 'deliveries', { ...origin.headers }),
  withContext: (task, traceparent) => ({
    ...task,
    origin: { ...task.origin, headers: { ...task.origin.headers, traceparent } },
  }),
  end(span, { origin, subscriptionId }, fate) {
    if (fate.kind === 'park' || fate.kind === 'alone' || fate.kind === 'returned') return;
    const outcome = fate.kind === 'delivered' ? 'confirmed' : 'outcome' in fate ? fate.outcome : undefined;
    const reason = fate.kind === 'undelivered' ? fate.reason : undefined;
    span.note({
      'callbus.subscription': subscriptionId,
      'callbus.attempt': origin.attempt,
      'callbus.parked': origin.parked,
      'callbus.outcome': outcome ?? reason ?? 'dropped',
      'callbus.undelivered': reason,
      'callbus.retry_delay_ms': fate.kind === 'retry' ? fate.after.delayMs : undefined,
    });
    span.end(failureOf(outcome, reason));
  },
};

function failureOf(outcome: string | undefined, reason: string | undefined): string | undefined {
  if (outcome === undefined) return reason === 'held' ? undefined : reason;
  return outcome === 'confirmed' ? undefined : outcome;
}

/** The request of a callback, below the span of its task. The receiver gets the context of this span. */
export const postSpan: SpanOf<PostRequest, PostResult> = {
  start: ({ url, headers }) => ({
    name: 'POST',
    kind: 'client',
    parent: headers['traceparent'],
    attributes: {
      'http.request.method': 'POST',
      ...serverOf(url),
      'callbus.attempt': Number(headers['x-callbus-attempt']),
    },
  }),
  withContext: (request, traceparent) => ({ ...request, headers: { ...request.headers, traceparent } }),
  end(span, _request, result) {
    const status = result.kind === 'answer' ? result.status : undefined;
    span.note({ 'http.response.status_code': status });
    if (status === undefined) span.end(result.kind);
    else span.end(status >= 400 ? String(status) : undefined);
  },
};

/** The host and port of a URL. Its path and query are left out, because they may hold a password. */
function serverOf(url: string) {
  if (!URL.canParse(url)) return {};
  const { protocol, hostname, port } = new URL(url);
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
}
