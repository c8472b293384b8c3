import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { RE2JS } from 're2js';
import { compileConfirmPattern } from './confirm.js';
import { testInTime } from './test-in-time.js';

/** To the thread, one at a time. */
export interface ToJudge {
  readonly pattern: string;
  readonly body: Uint8Array;
  readonly budgetMs: number;
}

/** From the thread: once when it is ready, and once for each that it was given. */
export type FromJudge = 'ready' | { readonly matches: boolean | undefined; readonly ms: number };

const patternsKept = 1_000;

/** The thread of `judge-threads.ts`. */
if (parentPort !== null) serve(parentPort);

function serve(port: NonNullable<typeof parentPort>): void {
  const expressions = new Map<string, RE2JS>();
  // On Linux a thread has its own priority; elsewhere this would be the whole process' one.
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

  function expressionOf(pattern: string): RE2JS | undefined {
    const known = expressions.get(pattern);
    if (known !== undefined) return known;
    const compiled = compileConfirmPattern(pattern);
    if (expressions.size === patternsKept) expressions.clear();
    if (compiled !== undefined) expressions.set(pattern, compiled);
    return compiled;
  }

  port.on('message', ({ pattern, body, budgetMs }: ToJudge) => {
    const start = performance.now();
    const expression = expressionOf(pattern);
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
    const matches = expression === undefined ? false : testInTime(expression, text, budgetMs);
    // One that was interrupted may have been left in any state.
    if (matches === undefined) expressions.delete(pattern);
    port.postMessage({ matches, ms: performance.now() - start } satisfies FromJudge);
  });
  port.postMessage('ready' satisfies FromJudge);
}
