type TraceAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface TraceSpan {
  /** W3C trace context: whoever gets it has spans below this one. */
  readonly traceparent: string;
  note(attributes: TraceAttributes): void;
  /**
   * A span that is never ended is never exported.
   *
   * @param failure a class of errors with few values, for `error.type`; never a message, which may hold anything
   */
  end(failure?: string): void;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'producer' | 'consumer';
  /** The `traceparent` that came along. Whatever is none begins a new trace. */
  readonly parent: unknown;
  readonly attributes: TraceAttributes;
}

export interface Tracing {
  start(span: SpanStart): TraceSpan;
  /** Exports what has ended, as far as that is a matter of two seconds. */
  close(): Promise<void>;
}

/**
 * A message's span as OpenTelemetry's conventions for messaging have it: `send events`, `process deliveries`.
 * Queues are named without their prefix, as in the metrics.
 *
 * @param headers of the message, as they came
 */
export function messageSpan(
  operation: 'send' | 'process',
  queue: 'events' | 'deliveries',
  headers: Readonly<{ id?: unknown; account?: unknown; traceparent?: unknown }>,
): SpanStart {
  return {
    name: `${operation} ${queue}`,
    kind: operation === 'send' ? 'producer' : 'consumer',
    parent: headers.traceparent,
    attributes: {
      'messaging.system': 'rabbitmq',
      'messaging.operation.type': operation,
      'messaging.operation.name': operation,
      'messaging.destination.name': queue,
      'messaging.message.id': textOf(headers.id),
      'callbus.account': textOf(headers.account),
    },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
