/** Nothing was sent, for a reason outside the receiver. */
export interface Unsent {
  readonly kind: 'unsent';
  /**
   * `request`: HTTP can never carry the request; `worker`: this process has run out of file descriptors for the moment.
   */
  readonly because: 'request' | 'worker';
  readonly reason: string;
  readonly durationMs: number;
}

const exhaustedCodes = new Set(['EMFILE', 'ENFILE']);

/** @returns undefined when the receiver, or the way to it, may be at fault */
export function unsentBecause(error: unknown): 'worker' | undefined {
  return codesOf(error).some((code) => exhaustedCodes.has(code)) ? 'worker' : undefined;
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const causes: unknown[] = error instanceof AggregateError ? error.errors : [];
  const own = 'code' in error ? [String(error.code)] : [];
  return [...own, ...[...causes, error.cause].flatMap(codesOf)];
}
