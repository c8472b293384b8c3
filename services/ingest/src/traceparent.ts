const w3cTraceContext = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** The value when it is a W3C `traceparent`, else undefined. */
export function validTraceparent(value: unknown): string | undefined {
  return typeof value === 'string' && w3cTraceContext.test(value) ? value : undefined;
}
