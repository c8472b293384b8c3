import type { components } from '@callbus/client';
import { Option, type Command } from 'commander';
import { wholeNumber } from '../program/whole-number.js';

type Selection = components['schemas']['Selection'];

const readId = wholeNumber();

const reasons = ['exhausted', 'held', 'expired', 'poison', 'loop', 'newer_format', 'maxlen'] as const;

export interface FilterOptions {
  readonly reason?: (typeof reasons)[number];
  readonly name?: string;
  readonly from?: string;
  readonly to?: string;
}

export interface SelectionOptions extends FilterOptions {
  readonly all?: true;
  readonly ids?: readonly number[];
}

export const addFilters = (command: Command): Command =>
  command
    .addOption(new Option('--reason <reason>', 'only those that are undelivered for this reason').choices(reasons))
    .option('--name <name>', 'only events of this name')
    .option('--from <time>', 'only events that were accepted at this time (RFC 3339) or later')
    .option('--to <time>', 'only events that were accepted before this time');

/** The options of a command that acts on undelivered events. */
export const addSelection = (command: Command): Command =>
  addFilters(command)
    .option('--all', 'all, unless other options choose among them')
    .option('--ids <ids>', 'the ids in the list, separated by commas', (text) =>
      text.split(',').map((id) => readId(id.trim())),
    );

export function filtersOf({ reason, name, from, to }: FilterOptions) {
  return {
    ...(reason !== undefined && { reason }),
    ...(name !== undefined && { name }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

/** @returns undefined when nothing is chosen */
export function selectionOf(options: SelectionOptions): Selection | undefined {
  const { all, ids, from, to } = options;
  if ([all, ids, from, to].every((each) => each === undefined)) return undefined;
  return {
    ...filtersOf(options),
    ...(all !== undefined && { all }),
    ...(ids !== undefined && { ids: [...ids] }),
  };
}
