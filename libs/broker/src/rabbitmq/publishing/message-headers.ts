import { headerName, type MessageFormat, type Table } from '@callbus/contracts/message-format';

/**
 * Encodes our headers as a message's table with a single text, because RabbitMQ, writers and readers pay for each header
 * (docs/decisions/0015-all-headers-of-a-message-in-one.md). All messages share one table, which is valid until the next one is made.
 */
export function createTableOf(format: MessageFormat) {
  const table = { [headerName]: '' };
  const routedTable: { [headerName]: string; BCC: readonly string[] } = { [headerName]: '', BCC: [] };
  const encode = format === 1 ? encodeWithoutNumber : encodeWithNumber;

  /** @param alsoBy routing keys beside the message's own; RabbitMQ removes this header */
  return (headers: object, alsoBy: readonly string[] = []): Table => {
    const made = alsoBy.length === 0 ? table : Object.assign(routedTable, { BCC: alsoBy });
    made[headerName] = encode(headers);
    return made;
  };
}

/** Uses the oldest form that can express the headers, so that as few messages as possible wait for a newer worker. */
function encodeWithNumber(headers: object): string {
  const opening = `{"v":${'kinds' in headers ? 3 : 2}`;
  const text = JSON.stringify(headers);
  return text === '{}' ? `${opening}}` : `${opening},${text.slice(1)}`;
}

function encodeWithoutNumber(headers: { readonly hops?: unknown }): string {
  return JSON.stringify(headers.hops === undefined ? headers : { ...headers, hops: undefined });
}
