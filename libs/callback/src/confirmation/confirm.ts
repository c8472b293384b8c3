import { RE2JS } from 're2js';

export type ConfirmMode = 'httpstatus' | 'regular';

const defaultStatus = '200';

/** RE2 never backtracks, but its worst-case time still grows with pattern size times body size. */
const maxProgramSize = 400;

/** A pattern with a larger estimate is not even compiled: RE2JS takes 1 s for `a{1000}` repeated 200 times. */
const maxEstimate = 10 * maxProgramSize;

/**
 * Whether a subscription may have this rule. The check parses the whole rule, so that no worker gets a rule that it
 * cannot use.
 */
export function isConfirmPattern(mode: ConfirmMode, pattern: string): boolean {
  return (mode === 'httpstatus' ? readStatusRule(pattern) : compileConfirmPattern(pattern)) !== undefined;
}

/**
 * Parses an `httpstatus` rule, which checks only the status: codes and classes separated by commas, such as `200,202`
 * or `2xx`.
 *
 * @returns undefined when the pattern is invalid
 */
export function readStatusRule(pattern: string): ((status: number) => boolean) | undefined {
  const parts = (pattern.trim() || defaultStatus).split(',').map((part) => part.trim().toLowerCase());
  if (!parts.every((part) => /^[1-5]([0-9]{2}|xx)$/.test(part))) return undefined;
  const classes = new Set(parts.filter((part) => part.endsWith('xx')).map((part) => Number(part[0])));
  const statuses = new Set(parts.filter((part) => !part.endsWith('xx')).map(Number));
  return (status) => statuses.has(status) || classes.has(Math.floor(status / 100));
}

/**
 * Parses a `regular` rule, which checks only the body: an unanchored RE2 expression.
 *
 * @returns undefined when the pattern is invalid or too large
 */
export function compileConfirmPattern(pattern: string): RE2JS | undefined {
  if (pattern === '' || estimateSize(pattern) > maxEstimate) return undefined;
  try {
    const expression = RE2JS.compile(pattern);
    return expression.programSize() > maxProgramSize ? undefined : expression;
  } catch {
    return undefined;
  }
}

const parts = /\\[^]|\[\^?\]?(?:\\[^]|[^\\\]])*\]|\{(\d+)(,)?(\d*)\}|[^]/g;

/** Estimates how many instructions an expression has: one per character, times the character's repetitions. */
function estimateSize(pattern: string): number {
  /** Instructions of the whole pattern, then of each open group. */
  const sums = [0];
  let last = 0;
  for (const [part, least, , most] of pattern.matchAll(parts)) {
    if (part === '(') {
      sums.push(0);
      last = 0;
      continue;
    }
    const isGroup = part === ')' && sums.length > 1;
    // A repetition adds copies of the part before it.
    const added =
      least === undefined ? (isGroup ? (sums.pop() ?? 0) : 1) : last * (Number(most) || Number(least)) - last;
    last = least === undefined ? added : last + added;
    sums.push((sums.pop() ?? 0) + added);
  }
  return sums.reduce((sum, each) => sum + each, 0);
}
