import { headerName, type MessageFormat, type Table } from '@callbus/contracts/message-format';

/**
 * Our headers as the table of a message: one text, because RabbitMQ takes a message's headers apart and pays for each one,
 * as do whoever writes and reads them (docs/decisions/0015-one-header.md). All messages share the table: it holds until the
 * next one is made.
 */
export function createTableOf(format: MessageFormat) {
  const table = { [headerName]: '' };
  const routedTable: { [headerName]: string; BCC: readonly string[] } = { [headerName]: '', BCC: [] };
  const encode = format === 1 ? encodeWithoutNumber : encodeWithNumber;

  /** @param alsoBy routing keys beside the message's own; RabbitMQ takes this header off */
  return (headers: object, alsoBy: readonly string[] = []): Table => {
    const made = alsoBy.length === 0 ? table : Object.assign(routedTable, { BCC: alsoBy });
    made[headerName] = encode(headers);
    return made;
  };
}

/** In the oldest form that holds them, so that as few as possible wait for a worker of a newer version. */
function encodeWithNumber(headers: object): string {
  const opening = `{"v":${'kinds' in headers ? 3 : 2}`;
  const text = JSON.stringify(headers);
  return text === '{}' ? `${opening}}` : `${opening},${text.slice(1)}`;
}

function encodeWithoutNumber(headers: { readonly hops?: unknown }): string {
  return JSON.stringify(headers.hops === undefined ? headers : { ...headers, hops: undefined });
}
