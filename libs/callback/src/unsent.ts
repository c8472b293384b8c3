/** Nothing went out, and the receiver has no part in that. */
export interface Unsent {
  readonly kind: 'unsent';
  /** `request`: HTTP cannot carry it, now or ever; `worker`: this process is short of file descriptors for the moment. */
  readonly because: 'request' | 'worker';
  readonly reason: string;
  readonly durationMs: number;
}

/** undici refuses these before it connects. A URL that cannot be called is not among them: its subscription can be mended. */
const refusedCodes = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);
const exhaustedCodes = new Set(['EMFILE', 'ENFILE']);

/** @returns undefined when the receiver, or the way to it, may be at fault */
export function unsentBecause(error: unknown): Unsent['because'] | undefined {
  const codes = codesOf(error);
  if (codes.some((code) => refusedCodes.has(code))) return 'request';
  return codes.some((code) => exhaustedCodes.has(code)) ? 'worker' : undefined;
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const causes: unknown[] = error instanceof AggregateError ? error.errors : [];
  const own = 'code' in error ? [String(error.code)] : [];
  return [...own, ...[...causes, error.cause].flatMap(codesOf)];
}
