/** The header in which all of ours travel. */
const name = 'callbus';

type Table = Readonly<Record<string, unknown>>;

/**
 * Our headers as the table of a message: one text, because RabbitMQ takes a message's headers apart and pays for each one,
 * as do whoever writes and reads them (docs/decisions/0015-one-header.md). All messages share the table: it holds until the
 * next one is made.
 */
export function createTableOf() {
  const table = { [name]: '' };
  return (headers: object): Table => {
    table[name] = JSON.stringify(headers);
    return table;
  };
}

/** The headers of a message: ours, beside those that the broker added; as they are when they are a stranger's. */
export function headersOf(table: Table = {}): Table {
  const { [name]: text, ...others } = table;
  const own = typeof text === 'string' ? parseObject(text) : undefined;
  return own === undefined ? table : Object.assign(own, others);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
