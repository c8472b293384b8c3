/**
 * The forms of a message's header. Form 1 has no number. Form 2 has one, `v`, and `hops`. Form 3 has events of several kinds in one
 * message; whoever writes it writes all other messages in form 2. Whatever a later form looks like, it is a
 * JSON object in the header `callbus` and its number is `v` (docs/decisions/0020-messages-carry-a-format-number.md).
 */
export const messageFormats = [1, 2, 3] as const;

export type MessageFormat = (typeof messageFormats)[number];

export const newestFormat = 3 satisfies MessageFormat;

/** The header in which all of ours travel. */
export const headerName = 'callbus';

export type Table = Readonly<Record<string, unknown>>;

export interface ReadTable {
  readonly headers: Table;
  readonly format: number;
}

/** The headers of a message: ours, and those that the broker added. Headers of another application are returned unchanged. */
export function readTable(table: Table = {}): ReadTable {
  const { [headerName]: text, ...others } = table;
  const own = typeof text === 'string' ? parseObject(text) : undefined;
  if (own === undefined) return { headers: table, format: 1 };
  const { v: format = 1 } = own;
  if (typeof format !== 'number' || !Number.isSafeInteger(format) || format < 1) return { headers: table, format: 1 };
  // A writer sets the number anew. Removing the member here would cost a microsecond.
  if (own['v'] !== undefined) own['v'] = undefined;
  return { headers: Object.assign(own, others), format };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every member that this version reads or writes, and the broker's own. */
const known = new Set(
  (
    'v id identity account bus name type dialect receivedAt dataAt traceparent tracestate baggage hops events kinds ' +
    'subscription subscriptions attempt parked returned replayedAt reason status answer failedAt'
  ).split(' '),
);

/** Members that another version of the same form wrote, to be carried along; undefined when there are none. */
export function unknownMembers(headers: Table): Record<string, unknown> | undefined {
  let unknown: Record<string, unknown> | undefined;
  for (const name in headers) if (!known.has(name) && !name.startsWith('x-')) (unknown ??= {})[name] = headers[name];
  return unknown;
}
