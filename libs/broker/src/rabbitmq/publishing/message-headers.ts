import { headerName, type MessageFormat, type Table } from '@callbus/contracts/messages/message-format';

/**
 * Encodes our headers as a table with a single text, because each header costs time in RabbitMQ and in both processes
 * (docs/decisions/0015-all-headers-of-a-message-in-one.md). All messages share one table object, which is valid until the next call.
 */
export function createTableOf(format: MessageFormat) {
  const table = { [headerName]: '' };
  const routedTable: { [headerName]: string; BCC: readonly string[] } = { [headerName]: '', BCC: [] };
  const encode = format === 1 ? encodeWithoutNumber : encodeWithNumber;

  /** @param alsoBy further routing keys of the message, in a header that RabbitMQ removes */
  return (headers: object, alsoBy: readonly string[] = []): Table => {
    const made = alsoBy.length === 0 ? table : Object.assign(routedTable, { BCC: alsoBy });
    made[headerName] = encode(headers);
    return made;
  };
}

/** Writes the oldest format that can express the headers, so that older workers can read as many messages as possible. */
function encodeWithNumber(headers: object): string {
  const opening = `{"v":${'kinds' in headers ? 3 : 2}`;
  const text = JSON.stringify(headers);
  return text === '{}' ? `${opening}}` : `${opening},${text.slice(1)}`;
}

function encodeWithoutNumber(headers: { readonly hops?: unknown }): string {
  return JSON.stringify(headers.hops === undefined ? headers : { ...headers, hops: undefined });
}
