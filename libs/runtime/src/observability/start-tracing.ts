import type { Logger } from './logger.js';
import type { Tracing } from './tracing.js';

interface TracingConfig {
  /** The URL of the collector, without `/v1/traces`. */
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  /** The share of the traces that begin here that is sampled, 0 to 1. */
  readonly OTEL_TRACES_SAMPLER_ARG: number;
}

/** @returns undefined without an endpoint; OpenTelemetry is then not loaded at all */
export async function startTracing(options: {
  readonly service: string;
  readonly config: TracingConfig;
  readonly logger: Logger;
}): Promise<Tracing | undefined> {
  const { service, config, logger } = options;
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio } = config;
  if (endpoint === undefined) return undefined;
  const { createOtlpTracing } = await import('./otlp-tracing.js');
  return createOtlpTracing({ service, endpoint, ratio, logger });
}
