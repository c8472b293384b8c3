/**
 * The formats of a message's headers. Format 1 has no number. Format 2 has a number, `v`, and `hops`. Format 3 is for
 * messages with events of several kinds; a process that writes format 3 writes all other messages in format 2. All later
 * formats, too, are a JSON object in the header `callbus` with their number in `v` (docs/decisions/0020-messages-carry-a-format-number.md).
 */
export const messageFormats = [1, 2, 3] as const;

export type MessageFormat = (typeof messageFormats)[number];

export const newestFormat = 3 satisfies MessageFormat;

/** The AMQP header that contains all headers of Callbus as JSON. */
export const headerName = 'callbus';

export type Table = Readonly<Record<string, unknown>>;

export interface ReadTable {
  readonly headers: Table;
  readonly format: number;
}

/** The headers of a message: those of Callbus, and those that the broker added. Headers of other applications stay as they are. */
export function readTable(table: Table = {}): ReadTable {
  const text = table[headerName];
  const own = typeof text === 'string' ? parseObject(text) : undefined;
  if (own === undefined) return { headers: table, format: 1 };
  const { v: format = 1 } = own;
  if (typeof format !== 'number' || !Number.isSafeInteger(format) || format < 1) return { headers: table, format: 1 };
  // The number must not be forwarded: a writer sets its own. Deleting the member would take a microsecond.
  if (own['v'] !== undefined) own['v'] = undefined;
  for (const name in table) if (name !== headerName) own[name] = table[name];
  return { headers: own, format };
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

/** The members that this version reads or writes. */
const known = new Set(
  (
    'v id identity account bus name type dialect receivedAt dataAt traceparent tracestate baggage hops events kinds ' +
    'subscription subscriptions attempt parked returned replayedAt reason status answer failedAt'
  ).split(' '),
);

/** The members that another version of the same format has added, which are forwarded; undefined when there are none. */
export function unknownMembers(headers: Table): Record<string, unknown> | undefined {
  let unknown: Record<string, unknown> | undefined;
  for (const name in headers) if (!known.has(name) && !name.startsWith('x-')) (unknown ??= {})[name] = headers[name];
  return unknown;
}
