import type { ConsumeOptions, Outcome } from '@callbus/broker/broker';
import type { Post } from '@callbus/callback/post';
import { messageSpan, type TraceSpan, type Tracing } from '@callbus/runtime/observability/tracing';
import type { CallbackOutcome } from '@callbus/statistics/statistics';
import type { Deliver } from './deliver.js';
import type { History } from './history.js';

type Handle = ConsumeOptions['handle'];

/** What a worker does with an event, each step as it is or with spans around it. */
interface Traces {
  readonly dispatch: (dispatch: Handle) => Handle;
  readonly deliver: (deliver: Deliver) => Deliver;
  readonly history: (history: History) => History;
  readonly post: (post: Post) => Post;
}

const same = <T>(step: T): T => step;
const untraced: Traces = { dispatch: same, deliver: same, history: same, post: same };

interface Pass {
  readonly span: TraceSpan;
  /** Of its call, once there was one. */
  attempted?: CallbackOutcome;
}

/**
 * `process events` for the dispatch, and below it for each attempt `process deliveries` with the `POST` whose context the
 * receiver gets. The message of a delivery carries the context of its dispatch, also through the retry queues, so that all
 * its attempts are side by side. What joins a span with what is told of it is the context that its task goes on with.
 */
export function traceDelivery(tracing: Tracing | undefined): Traces {
  if (tracing === undefined) return untraced;
  /** By their contexts. */
  const passes = new Map<string, Pass>();

  const dispatch = (step: Handle): Handle =>
    async function dispatchTraced(message, hold) {
      const { headers } = message;
      const span = tracing.start(messageSpan('process', 'events', headers));
      const { traceparent } = span;
      const outcome = await orEnd(span, () => step({ ...message, headers: { ...headers, traceparent } }, hold));
      if (outcome.kind === 'dispatched') span.note({ 'callbus.deliveries': deliveriesOf(outcome) });
      span.end(outcome.kind === 'undelivered' ? outcome.reason : undefined);
      return outcome;
    };

  const deliver = (step: Deliver): Deliver =>
    async function deliverTraced({ headers, body }, hold) {
      const span = tracing.start(messageSpan('process', 'deliveries', headers));
      const { traceparent } = span;
      const pass: Pass = { span };
      passes.set(traceparent, pass);
      try {
        const outcome = await orEnd(span, () => step({ headers: { ...headers, traceparent }, body }, hold));
        // A task that was only put aside has no attempt to tell of: its span is dropped, and counted by the next one.
        if (!['park', 'alone', 'returned'].includes(outcome.kind)) {
          span.note({
            'callbus.subscription': headers.subscription,
            'callbus.attempt': headers.attempt,
            'callbus.parked': headers.parked,
          });
          endPass(pass, outcome);
        }
        return outcome;
      } finally {
        passes.delete(traceparent);
      }
    };

  return {
    dispatch,
    deliver,
    history: (history) => ({
      ...history,
      attempted(task, result, outcome) {
        const pass = passes.get(task.traceparent ?? '');
        if (pass) pass.attempted = outcome;
        history.attempted(task, result, outcome);
      },
    }),
    post: (post) => tracePost(post, tracing),
  };
}

function deliveriesOf({ tasks, parked = [] }: Extract<Outcome, { kind: 'dispatched' }>): number {
  return parked.reduce((sum, { subscriptions }) => sum + subscriptions.length, tasks.length);
}

async function orEnd(span: TraceSpan, step: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await step();
  } catch (error) {
    span.end(error instanceof Error ? error.name : 'unknown');
    throw error;
  }
}

function endPass({ span, attempted }: Pass, outcome: Outcome): void {
  const reason = outcome.kind === 'undelivered' ? outcome.reason : undefined;
  span.note({
    'callbus.outcome': attempted ?? reason ?? 'dropped',
    'callbus.undelivered': reason,
    'callbus.retry_delay_ms': outcome.kind === 'retry' ? outcome.delayMs : undefined,
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

/** Not the whole URL: its path and query may well be what a receiver takes for a password. */
function serverOf(url: string) {
  if (!URL.canParse(url)) return {};
  const { protocol, hostname, port } = new URL(url);
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
}
