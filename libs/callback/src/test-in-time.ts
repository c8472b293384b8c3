import { createContext, Script } from 'node:vm';
import type { RE2JS } from 're2js';

const timeoutMs = 200;
/** Program size times characters. Less than this takes a few milliseconds at worst, and the time limit itself costs 0.15 ms. */
const harmlessSteps = 50_000;

const place = createContext({ run: () => undefined });
const run = new Script('run()');

/**
 * Tests a text, but does not let a hostile expression hold up everybody else in the process: `([ab]*a[ab]{90})c` on 64 KiB
 * takes a second, and several where the machine is busy.
 *
 * @returns undefined when it took too long
 */
export function testInTime(expression: RE2JS, text: string): boolean | undefined {
  if (expression.programSize() * text.length < harmlessSteps) return expression.test(text);
  let matches: boolean | undefined;
  place['run'] = () => void (matches = expression.test(text));
  try {
    run.runInContext(place, { timeout: timeoutMs });
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
