import { parseArgs } from 'node:util';
import type { Case } from './case.js';
import { findCheckout, type Checkout } from './processes/checkout.js';

export interface CommandLine {
  readonly chosen: readonly Case[];
  /** A short run that shows whether the cases work. Its figures mean nothing and are not stored. */
  readonly isQuick: boolean;
  /** The checkout whose build is compared with this one. */
  readonly other: Checkout | undefined;
}

/** @returns the error in one line when the command line is not valid */
export function readCommandLine(cases: readonly Case[], args: string[]): CommandLine | string {
  const parsed = parse(args);
  if (typeof parsed === 'string') return parsed;
  const { positionals: names, values } = parsed;
  const isQuick = values.quick === true;
  const unknown = names.filter((name) => !cases.some((each) => each.name === name));
  if (unknown.length > 0)
    return `no case ${unknown.join(', ')}; the cases are ${cases.map(({ name }) => name).join(', ')}`;
  const chosen = cases.filter(({ name }) => names.length === 0 || names.includes(name));
  if (values.beside === undefined) return { chosen, isQuick, other: undefined };

  const other = findCheckout(values.beside);
  if (other === undefined) return `${values.beside} is not a built checkout: run \`node scripts/setup.mjs\` in it`;
  return { chosen, isQuick, other };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { quick: { type: 'boolean' }, beside: { type: 'string' } },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
