import type { Broker } from '@callbus/broker/broker';
import type { EventMessage } from '@callbus/contracts/events/event';
import type { Door } from '@callbus/runtime/http/door';
import { messageSpan, type Tracing } from '@callbus/runtime/observability/tracing';
import { validTraceparent } from '../formats/trace-context.js';

/**
 * Creates a span for every publish request. The span's context replaces the one in the request, from which the events
 * take theirs. An event that names a trace of its own stays in that trace.
 */
export function traceDoor(door: Door, tracing: Tracing): Door {
  return (request, response, note) => {
    const { method = '' } = request;
    const route = note.routeLabel();
    const span = tracing.start({
      name: `${method} ${route}`,
      kind: 'server',
      parent: request.headers['traceparent'],
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'url.path': note.path,
        'url.scheme': 'http',
      },
    });
    // `tracestate` belongs to the `traceparent` that it came with.
    if (validTraceparent(request.headers['traceparent']) === undefined) delete request.headers['tracestate'];
    request.headers['traceparent'] = span.traceparent;
    response.on('close', () => {
      const status = response.writableFinished ? response.statusCode : undefined;
      span.note({ 'http.response.status_code': status });
      if (status === undefined) span.end('client_gone');
      else span.end(status >= 500 ? String(status) : undefined);
    });
    door(request, response, note);
  };
}

/** Wraps a broker so that every event has a span from its publish to its confirm. The event carries the context of that span. */
export function traceEvents(broker: Broker, tracing: Tracing): Broker {
  async function publishBatch(events: readonly EventMessage[]): Promise<void> {
    const spans = events.map(({ headers }) => tracing.start(messageSpan('send', 'events', headers)));
    const spanned = events.map(({ headers, body }, index) => ({
      headers: { ...headers, traceparent: spans[index]?.traceparent },
      body,
    }));
    let failure: string | undefined;
    try {
      await broker.publishBatch(spanned);
    } catch (error) {
      failure = error instanceof Error ? error.name : 'unknown';
      throw error;
    } finally {
      for (const span of spans) span.end(failure);
    }
  }

  return { ...broker, publishBatch, publishEvent: (event) => publishBatch([event]) };
}
