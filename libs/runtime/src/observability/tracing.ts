type TraceAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface TraceSpan {
  /** W3C trace context: the recipient's spans become children of this one. */
  readonly traceparent: string;
  note(attributes: TraceAttributes): void;
  /**
   * A span that is never ended is never exported.
   *
   * @param failure a class of errors with few values, for `error.type`; never a message, which may contain anything
   */
  end(failure?: string): void;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'producer' | 'consumer';
  /** The received `traceparent`. Any other value begins a new trace. */
  readonly parent: unknown;
  readonly attributes: TraceAttributes;
}

export interface Tracing {
  start(span: SpanStart): TraceSpan;
  /** Exports the ended spans, for two seconds at most. */
  close(): Promise<void>;
}

/**
 * The span of a message, named as OpenTelemetry's conventions for messaging say: `send events`, `process deliveries`.
 * Queue names have no prefix, as in the metrics.
 *
 * @param headers of the message, unchecked
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
