import { RE2JS } from 're2js';
import { testInTime } from './test-in-time.js';

/** Whether an answer confirms the callback. */
export type ConfirmRule = (answer: { readonly status: number; readonly body: Buffer }) => boolean;

export type ConfirmMode = 'httpstatus' | 'regular';

const defaultStatus = '200';

/** RE2 never backtracks, but its worst case still grows with pattern times body. */
const maxProgramSize = 400;

/**
 * Reads a subscription's confirm rule. `httpstatus` looks only at the status: codes and classes separated by commas, such
 * as `200,202` or `2xx`. `regular` looks only at the body: an RE2 expression, unanchored.
 *
 * @returns undefined when the pattern is not valid
 */
export function parseConfirmRule(mode: ConfirmMode, pattern: string): ConfirmRule | undefined {
  return mode === 'httpstatus' ? statusRule(pattern) : bodyRule(pattern);
}

function statusRule(pattern: string): ConfirmRule | undefined {
  const parts = (pattern.trim() || defaultStatus).split(',').map((part) => part.trim().toLowerCase());
  if (!parts.every((part) => /^[1-5]([0-9]{2}|xx)$/.test(part))) return undefined;
  const classes = new Set(parts.filter((part) => part.endsWith('xx')).map((part) => Number(part[0])));
  const statuses = new Set(parts.filter((part) => !part.endsWith('xx')).map(Number));
  return ({ status }) => statuses.has(status) || classes.has(Math.floor(status / 100));
}

function bodyRule(pattern: string): ConfirmRule | undefined {
  if (pattern === '') return undefined;
  const valid = compile(pattern);
  if (valid === undefined || valid.programSize() > maxProgramSize) return undefined;
  let expression = valid;
  return ({ body }) => {
    const matches = testInTime(expression, body.toString('utf8'));
    // One that was interrupted may have been left in any state.
    if (matches === undefined) expression = RE2JS.compile(pattern);
    return matches ?? false;
  };
}

function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
}
