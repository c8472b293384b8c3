import type { Post } from '@callbus/callback/post';
import { messageSpan, type TraceSpan, type Tracing } from '@callbus/runtime/observability/tracing';
import type { CallbackOutcome } from '@callbus/statistics/statistics';
import type { Deliver } from '../deliver.js';
import type { Dispatch } from '../dispatch.js';
import type { Fate } from '../tasks/fate.js';
import type { DeliveryObserver } from './journal.js';

/** The steps of a worker, with spans around them or unchanged. */
interface Traces {
  readonly dispatchEvent: (dispatch: Dispatch['event']) => Dispatch['event'];
  readonly deliver: (deliver: Deliver) => Deliver;
  readonly post: (post: Post) => Post;
  readonly observer: DeliveryObserver;
}

const same = <T>(step: T): T => step;
const untraced: Traces = { dispatchEvent: same, deliver: same, post: same, observer: {} };

const isPutAside: Readonly<Record<Fate['kind'], boolean>> = {
  delivered: false,
  dropped: false,
  retry: false,
  undelivered: false,
  park: true,
  alone: true,
  returned: true,
};

interface Pass {
  readonly span: TraceSpan;
  /** The outcome of the callback, once the callback has been made. */
  attempted?: CallbackOutcome;
}

/**
 * The dispatch of an event has a span `process events`. Below it each attempt has a span `process deliveries`, and the attempt's request a
 * span `POST`, whose context the receiver gets. The message of a delivery carries the context of the dispatch, also through retry queues,
 * so that all attempts of the delivery are siblings. The journal finds the span of a task by the context that the task carries.
 */
export function traceDelivery(tracing: Tracing | undefined): Traces {
  if (tracing === undefined) return untraced;
  /** Open spans by their `traceparent`. */
  const dispatches = new Map<string, TraceSpan>();
  const passes = new Map<string, Pass>();

  const dispatchEvent = (step: Dispatch['event']): Dispatch['event'] =>
    async function dispatchTraced(message, hold) {
      const { headers } = message;
      const span = tracing.start(messageSpan('process', 'events', headers));
      const { traceparent } = span;
      dispatches.set(traceparent, span);
      const became = await orEnd(span, () => step({ ...message, headers: { ...headers, traceparent } }, hold)).finally(
        () => dispatches.delete(traceparent),
      );
      span.end(became.kind === 'undelivered' ? became.reason : undefined);
      return became;
    };

  const deliver = (step: Deliver): Deliver =>
    async function deliverTraced(task, entry) {
      const { origin } = task;
      const { headers } = origin;
      const span = tracing.start(messageSpan('process', 'deliveries', { ...headers }));
      const { traceparent } = span;
      const pass: Pass = { span };
      passes.set(traceparent, pass);
      try {
        const traced = { ...task, origin: { ...origin, headers: { ...headers, traceparent } } };
        const fate = await orEnd(span, () => step(traced, entry));
        // A task that was only parked has no attempt: its span is dropped, and `callbus.parked` of the next span counts the park.
        if (!isPutAside[fate.kind]) {
          span.note({
            'callbus.subscription': task.subscriptionId,
            'callbus.attempt': origin.attempt,
            'callbus.parked': origin.parked,
          });
          endPass(pass, fate);
        }
        return fate;
      } finally {
        passes.delete(traceparent);
      }
    };

  return {
    dispatchEvent,
    deliver,
    observer: {
      matched: ({ traceparent = '' }, { length }) =>
        dispatches.get(traceparent)?.note({ 'callbus.deliveries': length }),
      attempted({ origin }, _result, outcome) {
        const pass = passes.get(origin.headers.traceparent ?? '');
        if (pass) pass.attempted = outcome;
      },
    },
    post: (post) => tracePost(post, tracing),
  };
}

async function orEnd<T>(span: TraceSpan, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    span.end(error instanceof Error ? error.name : 'unknown');
    throw error;
  }
}

function endPass({ span, attempted }: Pass, fate: Fate): void {
  const reason = fate.kind === 'undelivered' ? fate.reason : undefined;
  span.note({
    'callbus.outcome': attempted ?? reason ?? 'dropped',
    'callbus.undelivered': reason,
    'callbus.retry_delay_ms': fate.kind === 'retry' ? fate.after.delayMs : undefined,
  });
  if (attempted === undefined) span.end(reason === 'held' ? undefined : reason);
  else span.end(attempted === 'confirmed' ? undefined : attempted);
}

function tracePost(post: Post, tracing: Tracing): Post {
  return {
    ...post,
    async post(request) {
      const span = tracing.start({
        name: 'POST',
        kind: 'client',
        parent: request.headers['traceparent'],
        attributes: {
          'http.request.method': 'POST',
          ...serverOf(request.url),
          'callbus.attempt': Number(request.headers['x-callbus-attempt']),
        },
      });
      const result = await post.post({ ...request, headers: { ...request.headers, traceparent: span.traceparent } });
      const status = result.kind === 'answer' ? result.status : undefined;
      span.note({ 'http.response.status_code': status });
      if (status === undefined) span.end(result.kind);
      else span.end(status >= 400 ? String(status) : undefined);
      return result;
    },
  };
}

/** The host and port of a URL. Its path and query are left out, because they may hold a password. */
function serverOf(url: string) {
  if (!URL.canParse(url)) return {};
  const { protocol, hostname, port } = new URL(url);
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
}
