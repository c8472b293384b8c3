import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { RE2JS } from 're2js';
import { compileConfirmPattern } from './confirm.js';
import { testInTime } from './test-in-time.js';

/** A message to the thread, which gets one at a time. */
export interface ToJudge {
  readonly pattern: string;
  readonly body: Uint8Array;
  readonly budgetMs: number;
}

/** A message from the thread: `ready` once after its start, then one result for each `ToJudge`. */
export type FromJudge = 'ready' | { readonly matches: boolean | undefined; readonly ms: number };

const patternsKept = 1_000;

/** `judge-thread.ts` runs this file as a thread. */
if (parentPort !== null) serve(parentPort);

function serve(port: NonNullable<typeof parentPort>): void {
  const expressions = new Map<string, RE2JS>();
  // On Linux a thread has its own priority; elsewhere the call would lower the priority of the whole process.
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
    // An interrupted expression may be in any state.
    if (matches === undefined) expressions.delete(pattern);
    port.postMessage({ matches, ms: performance.now() - start } satisfies FromJudge);
  });
  port.postMessage('ready' satisfies FromJudge);
}
