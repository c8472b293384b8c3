import { isDeepStrictEqual } from 'node:util';
import { maskedValue } from '@callbus/contracts/subscriptions/sealed-headers';
import { isTemporary } from '../listen/mark.js';
import type { Subscription } from '../subscriptions/find.js';
import { isBlank } from '../subscriptions/described-fields.js';
import type { Wanted } from './file.js';

interface Change {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What has to be done so that the account has what the file wants. */
export interface Plan {
  readonly create: readonly Wanted[];
  readonly change: readonly { readonly current: Subscription; readonly changes: readonly Change[] }[];
  readonly unchanged: number;
  /** Subscriptions that the file does not name, without those of listeners, which delete theirs. */
  readonly others: readonly Subscription[];
}

export function planOf(wanted: readonly Wanted[], current: readonly Subscription[]): Plan {
  const byName = new Map(current.map((each) => [each.subscription_name, each]));
  const names = new Set(wanted.map(({ subscription_name: name }) => name));
  const known = wanted.flatMap((each) => {
    const found = byName.get(each.subscription_name);
    return found === undefined ? [] : [{ current: found, changes: changesOf(each, found) }];
  });
  const change = known.filter(({ changes }) => changes.length > 0);
  return {
    create: wanted.filter(({ subscription_name: name }) => !byName.has(name)),
    change,
    unchanged: known.length - change.length,
    others: current.filter((each) => !names.has(each.subscription_name) && !isTemporary(each)),
  };
}

/** The secret of a subscription is never answered, so only a new subscription gets that of the file. */
const onlyNew = new Set(['secret']);

function changesOf(wanted: Wanted, current: Subscription): Change[] {
  return Object.entries(wanted).flatMap(([field, to]) => {
    if (onlyNew.has(field)) return [];
    const from = current[field as keyof Subscription];
    const stored = isBlank(to) ? defaultOf(field, { ...current, ...wanted }) : to;
    const isEqual = isDeepStrictEqual(normal(field, stored, from), normal(field, from, from));
    return isEqual ? [] : [{ field, from, to }];
  });
}

/** What the bus stores for a blank text. */
function defaultOf(field: string, { payload_format: format }: Partial<Subscription>): unknown {
  switch (field) {
    case 'event_bus_id':
      return null;
    case 'payload_format':
      return 'source';
    case 'verification':
      return 'none';
    // The mode `regular` has no default.
    case 'confirm_pattern':
      return format === 'source' || isBlank(format) ? '200' : '2xx';
    default:
      return '';
  }
}

const confirmModes: Readonly<Record<string, string>> = { '1': 'httpstatus', '2': 'regular' };

/** A value in the form in which the bus stores it, so that a file that was applied differs in nothing. */
function normal(field: string, value: unknown, current: unknown): unknown {
  switch (field) {
    case 'subscription_form':
      return [...new Set(String(value).replaceAll(/\s/g, '').split(',').filter(Boolean))].sort();
    case 'confirm_mode':
      return confirmModes[String(value)] ?? value;
    case 'timeout':
    case 'time_out':
      return Number(value) < 1 ? 10 : Math.min(Number(value), 60);
    case 'headers':
      return headersIn(value, current);
    default:
      return value;
  }
}

/** Header names have no case. The value of a secret header is not answered, so it counts as equal. */
function headersIn(value: unknown, current: unknown): unknown {
  const shown = new Map(Object.entries(Object(current) as object).map(([name, text]) => [name.toLowerCase(), text]));
  const entries = Object.entries(Object(value) as object).map(([name, text]): [string, unknown] => {
    const lower = name.toLowerCase();
    return [lower, shown.get(lower) === maskedValue ? maskedValue : text];
  });
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
