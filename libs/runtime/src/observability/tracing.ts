type TraceAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface TraceSpan {
  /** The W3C trace context for the next hop, whose spans become children of this span. */
  readonly traceparent: string;
  note(attributes: TraceAttributes): void;
  /**
   * Ends the span. A span that does not end is not exported.
   *
   * @param failure the value of `error.type`: one of a few classes of errors, never a message
   */
  end(failure?: string): void;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'producer' | 'consumer';
  /** The received `traceparent`. Any other value starts a new trace. */
  readonly parent: unknown;
  readonly attributes: TraceAttributes;
}

export interface Tracing {
  start(span: SpanStart): TraceSpan;
  /** Exports the ended spans. Takes at most two seconds. */
  close(): Promise<void>;
}

/**
 * The span of a message, named by OpenTelemetry's conventions for messaging: `send events`, `process deliveries`. As in
 * the metrics, the names of queues have no prefix.
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
