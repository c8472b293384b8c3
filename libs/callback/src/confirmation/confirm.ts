import { RE2JS } from 're2js';

export type ConfirmMode = 'httpstatus' | 'regular';

const defaultStatus = '200';

/** RE2 never backtracks, but its worst case still grows with pattern times body. */
const maxProgramSize = 400;

/** A longer pattern is not compiled to find out its size: RE2JS takes 1 s for two hundred times `a{1000}`. */
const maxEstimate = 10 * maxProgramSize;

/** Whether a subscription may have this rule. Both kinds are read in full, so that no worker meets one that it cannot use. */
export function isConfirmPattern(mode: ConfirmMode, pattern: string): boolean {
  return (mode === 'httpstatus' ? readStatusRule(pattern) : compileConfirmPattern(pattern)) !== undefined;
}

/**
 * Reads a rule of `httpstatus`, which looks only at the status: codes and classes separated by commas, such as `200,202` or
 * `2xx`.
 *
 * @returns undefined when the pattern is not valid
 */
export function readStatusRule(pattern: string): ((status: number) => boolean) | undefined {
  const parts = (pattern.trim() || defaultStatus).split(',').map((part) => part.trim().toLowerCase());
  if (!parts.every((part) => /^[1-5]([0-9]{2}|xx)$/.test(part))) return undefined;
  const classes = new Set(parts.filter((part) => part.endsWith('xx')).map((part) => Number(part[0])));
  const statuses = new Set(parts.filter((part) => !part.endsWith('xx')).map(Number));
  return (status) => statuses.has(status) || classes.has(Math.floor(status / 100));
}

/**
 * Reads a rule of `regular`, which looks only at the body: an RE2 expression, unanchored.
 *
 * @returns undefined when the pattern is not valid, or beyond the bound of its size
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

/** About how many instructions an expression has, one for each of its characters as often as it is repeated. */
function estimateSize(pattern: string): number {
  /** The sizes of the open groups. */
  const sums = [0];
  let last = 0;
  for (const [part, least, , most] of pattern.matchAll(parts)) {
    if (part === '(') {
      sums.push(0);
      last = 0;
      continue;
    }
    const isGroup = part === ')' && sums.length > 1;
    // A repetition stands for more of what came last.
    const added =
      least === undefined ? (isGroup ? (sums.pop() ?? 0) : 1) : last * (Number(most) || Number(least)) - last;
    last = least === undefined ? added : last + added;
    sums.push((sums.pop() ?? 0) + added);
  }
  return sums.reduce((sum, each) => sum + each, 0);
}
