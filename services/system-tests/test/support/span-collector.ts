import { openReceiver } from '@callbus/testing/receivers/callback-receiver';

type Value = string | number | boolean | undefined;

export interface CollectedSpan {
  /** The service name of the resource, such as `callbus-ingest`. */
  readonly service: Value;
  readonly name: string;
  readonly kind: string | undefined;
  readonly traceId: string;
  readonly spanId: string;
  /** The id of the parent span, undefined for the root. */
  readonly parent: string | undefined;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly isFailed: boolean;
  readonly durationMs: number;
}

interface KeyValue {
  readonly key: string;
  readonly value: { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
}

/** The part of OTLP's JSON that the tests read. */
interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: number;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes: readonly KeyValue[];
        readonly status: { readonly code?: number };
      }[];
    }[];
  }[];
}

const kinds = [undefined, 'internal', 'server', 'client', 'producer', 'consumer'];
const failed = 2;
const nanosecondsPerMs = 1_000_000n;

/** A collector that accepts OTLP over HTTP as JSON and keeps it in memory. */
export async function openSpanCollector() {
  const server = await openReceiver({
    answer: () => ({ headers: { 'content-type': 'application/json' }, body: '{}' }),
  });
  return {
    url: server.url,
    close: () => server.close(),
    /** The requests in the order of their arrival. */
    requests: server.requests,
    spans: (): readonly CollectedSpan[] =>
      server.requests.flatMap(({ body }) => spansOf(JSON.parse(body.toString()) as Export)),
  };
}

function spansOf({ resourceSpans }: Export): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = valuesOf(resource.attributes)['service.name'];
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service,
        name: span.name,
        kind: kinds[span.kind],
        traceId: span.traceId,
        spanId: span.spanId,
        parent: span.parentSpanId,
        attributes: valuesOf(span.attributes),
        isFailed: span.status.code === failed,
        durationMs: Number((BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / nanosecondsPerMs),
      })),
    );
  });
}

function valuesOf(attributes: readonly KeyValue[]): Record<string, Value> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? (value.intValue && Number(value.intValue)),
    ]),
  );
}
