/** The headers of a request: those of Node and of frameworks on it, or a `Headers`. */
export type CallbackHeaders =
  Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>;

/** @returns reads the value of a header by its name in lower case */
export function readHeaders(headers: CallbackHeaders): ReadonlyMap<string, string> {
  const entries = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return new Map(
    entries.flatMap(([name, value]) => (value === undefined ? [] : ([[name.toLowerCase(), String(value)]] as const))),
  );
}
