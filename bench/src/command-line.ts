import { parseArgs } from 'node:util';
import type { Case } from './case.js';
import { findCheckout, type Checkout } from './processes/checkout.js';

export interface CommandLine {
  readonly chosen: readonly Case[];
  /** A short run that only shows whether the cases work. Its figures mean nothing and are not stored. */
  readonly isQuick: boolean;
  /** The checkout whose build is compared with this one. */
  readonly other: Checkout | undefined;
}

/** @returns one line that says what is wrong, if anything is */
export function readCommandLine(cases: readonly Case[], args: string[]): CommandLine | string {
  const parsed = parse(args);
  if (typeof parsed === 'string') return parsed;
  const { positionals: names, values } = parsed;
  const isQuick = values.quick === true;
  const unknown = names.filter((name) => !cases.some((each) => each.name === name));
  if (unknown.length > 0) return `no case ${unknown.join(', ')}; there are ${namesOf(cases)}`;
  const isChosen = ({ name }: Case) => names.length === 0 || names.includes(name);
  if (values.beside === undefined) return { chosen: cases.filter(isChosen), isQuick, other: undefined };

  const other = findCheckout(values.beside);
  if (other === undefined) return `${values.beside} holds no built checkout: run \`node scripts/setup.mjs\` in it`;
  const compared = cases.filter(({ openBeside }) => openBeside !== undefined);
  const alone = names.filter((name) => !compared.some((each) => each.name === name));
  if (alone.length > 0) return `${alone.join(', ')} cannot be compared; ${namesOf(compared)} can`;
  return { chosen: compared.filter(isChosen), isQuick, other };
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

function namesOf(cases: readonly Case[]): string {
  return cases.map(({ name }) => name).join(', ');
}
