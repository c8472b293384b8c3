import { createContext, Script } from 'node:vm';
import type { RE2JS } from 're2js';

const sandbox = createContext({ run: () => undefined });
const run = new Script('run()');

/**
 * Tests a text within a time limit: `([ab]*a[ab]{90})c` takes 1 s on 64 KiB, and several seconds on a busy machine. The
 * limit itself costs 0.15 ms.
 *
 * @returns undefined when the test took too long
 */
export function testInTime(expression: RE2JS, text: string, timeoutMs: number): boolean | undefined {
  let matches: boolean | undefined;
  sandbox['run'] = () => void (matches = expression.test(text));
  try {
    run.runInContext(sandbox, { timeout: Math.max(1, Math.floor(timeoutMs)) });
  } catch (error) {
    if (!isTimeout(error)) throw error;
  }
  return matches;
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
