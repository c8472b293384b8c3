/** Nothing went out, and the receiver has no part in that. */
export interface Unsent {
  readonly kind: 'unsent';
  /** `request`: HTTP cannot carry it, now or ever; `worker`: this process is short of file descriptors for the moment. */
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
