import type { IncomingHttpHeaders } from 'node:http';
import type { TraceContext } from '@callbus/contracts/events/event';

const w3cTraceContext = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
const visible = /^[\t\x20-\x7e]+$/;
/** The length that W3C Trace Context requires every hop to pass on. */
const stateMaxBytes = 512;
/** The length that receivers accept in addition to the headers of an event. */
const baggageMaxBytes = 4_096;

/** The valid trace headers of a request. Invalid ones are dropped, as W3C requires, and do not make the request fail. */
export function readTraceContext(headers: IncomingHttpHeaders): TraceContext | undefined {
  const traceContext = traceContextOf(headers['traceparent'], headers['tracestate']);
  const baggage = headers['baggage'] === undefined ? undefined : validText(headers['baggage'], baggageMaxBytes);
  return baggage === undefined ? traceContext : { ...traceContext, baggage };
}

/** @returns undefined without a valid `traceparent`, to which a `tracestate` belongs */
export function traceContextOf(parent: unknown, state: unknown): TraceContext | undefined {
  const traceparent = validTraceparent(parent);
  if (traceparent === undefined) return undefined;
  const tracestate = state === undefined ? undefined : validText(state, stateMaxBytes);
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}

/** @returns undefined when the value is not a W3C `traceparent` */
export function validTraceparent(value: unknown): string | undefined {
  return typeof value === 'string' && w3cTraceContext.test(value) ? value : undefined;
}

function validText(value: unknown, maxBytes: number): string | undefined {
  return typeof value === 'string' && value.length <= maxBytes && visible.test(value) ? value : undefined;
}
