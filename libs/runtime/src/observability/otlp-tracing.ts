import { setTimeout as sleep } from 'node:timers/promises';
import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from './logger.js';
import type { TraceSpan, Tracing } from './tracing.js';
import { version } from '../config/version.js';

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Shorter than the time to hand back unfinished work after a drain. */
const flushTimeoutMs = 2_000;
/** Publishers choose the ids of events, which may be long. */
const valueMaxLength = 256;

/**
 * Sends spans to a collector as JSON over HTTP, in batches and in the background. While the collector is down, the spans
 * that do not fit into the queue of the batch processor are lost. A trace that began elsewhere keeps its sampling
 * decision; of the traces that begin here, `ratio` is sampled. The libraries read all other settings from OpenTelemetry's
 * own variables, such as OTEL_EXPORTER_OTLP_HEADERS and OTEL_RESOURCE_ATTRIBUTES.
 */
export function createOtlpTracing(options: {
  readonly service: string;
  readonly endpoint: string;
  readonly ratio: number;
  readonly logger: Logger;
}): Tracing {
  const { service, endpoint, ratio, logger } = options;
  const own = resourceFromAttributes({ 'service.name': `callbus-${service}`, 'service.version': version });
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new BasicTracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanLimits: { attributeValueLengthLimit: valueMaxLength },
    spanProcessors: [new BatchSpanProcessor(logFailures(exporter, logger))],
  });
  const tracer = provider.getTracer('callbus', version);

  return {
    start: ({ name, kind, parent, attributes }) =>
      traceSpan(tracer.startSpan(name, { kind: kinds[kind], attributes }, contextOf(parent))),
    close: () => Promise.race([provider.shutdown().catch(() => undefined), sleep(flushTimeoutMs)]),
  };
}

function traceSpan(span: Span): TraceSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    note: (attributes) => void span.setAttributes(attributes),
    end(failure) {
      if (failure !== undefined) span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** The context of a `traceparent`: the id of the trace, its last span, and whether the trace is sampled. */
function contextOf(traceparent: unknown): Context {
  const [version, traceId, spanId, flags] = typeof traceparent === 'string' ? traceparent.split('-') : [];
  if (version?.length !== 2 || traceId === undefined || spanId === undefined || flags?.length !== 2)
    return ROOT_CONTEXT;
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

/** Logs one line when the collector fails, and one when it works again. */
function logFailures(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const isFailure = result.error !== undefined;
        if (isFailure && !isFailing) logger.warn({ error: String(result.error) }, 'traces cannot be exported');
        if (!isFailure && isFailing) logger.info('traces are exported again');
        isFailing = isFailure;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
