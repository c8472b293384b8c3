/** A body that may have been the original, and how it became the one at hand. */
export interface Original {
  readonly original: Uint8Array;
  readonly alteration: string;
}

const encoder = new TextEncoder();

/** Undoes what frameworks usually do to a body, in order to say so. It is no proof: the caller checks each body by its signature. */
export function* originalsOf(bytes: Uint8Array): Generator<Original, void, undefined> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  for (const { to, alteration } of textAlterations(text)) {
    if (to !== text) yield { original: encoder.encode(to), alteration };
  }
  if (/[\u0080-\u00ff]/.test(text) && !/[^\0-\u00ff]/.test(text)) {
    const original = Uint8Array.from(text, (character) => character.charCodeAt(0));
    yield { original, alteration: 'the body was read as Latin-1 in place of UTF-8' };
  }
  const json = parse(text);
  if (json === undefined) return;
  for (const to of new Set(writings(json.value))) {
    if (to !== text)
      yield { original: encoder.encode(to), alteration: 'the body was parsed and written again as JSON' };
  }
}

function textAlterations(text: string) {
  return [
    { to: text.replace(/\r?\n$/, ''), alteration: 'a line end was added to the body' },
    { to: `${text}\n`, alteration: 'the line end of the body was removed' },
    { to: text.replaceAll('\r\n', '\n'), alteration: 'the line ends of the body were changed' },
    { to: text.replaceAll(/\r?\n/g, '\r\n'), alteration: 'the line ends of the body were changed' },
    { to: text.replace(/^\uFEFF/, ''), alteration: 'a byte order mark was added to the body' },
    { to: text.trim(), alteration: 'white space was added to the body' },
  ];
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** How programs write JSON: with or without spaces, and with or without escapes in place of letters beyond ASCII. */
const styles = [
  (value: unknown) => JSON.stringify(value),
  (value: unknown) => spaced(value),
  (value: unknown) => escaped(JSON.stringify(value)),
  (value: unknown) => escaped(spaced(value)),
  (value: unknown) => JSON.stringify(value, undefined, 2),
];

/** The bus writes a CloudEvent without spaces, and `data`, its last member, as the publisher has written it. */
function writings(value: unknown): string[] {
  const whole = styles.map((write) => write(value));
  if (typeof value !== 'object' || value === null || !('data' in value)) return whole;
  const { data, ...attributes } = value;
  const start = JSON.stringify(attributes).slice(0, -1);
  return [...whole, ...styles.map((write) => `${start},"data":${write(data)}}`)];
}

/** As Python's `json.dumps` does by default. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${spaced(member)}`)
    .join(', ')}}`;
}

function escaped(json: string): string {
  return json.replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
