import { headerName, type MessageFormat, type Table } from '@callbus/contracts/message-format';

/**
 * Our headers as the table of a message: one text, because RabbitMQ takes a message's headers apart and pays for each one,
 * as do whoever writes and reads them (docs/decisions/0015-one-header.md). All messages share the table: it holds until the
 * next one is made.
 */
export function createTableOf(format: MessageFormat) {
  const table = { [headerName]: '' };
  const encode = format === 1 ? encodeWithoutNumber : encodeWithNumber(format);
  return (headers: object): Table => {
    table[headerName] = encode(headers);
    return table;
  };
}

function encodeWithNumber(format: MessageFormat) {
  const opening = `{"v":${format}`;
  return (headers: object): string => {
    const text = JSON.stringify(headers);
    return text === '{}' ? `${opening}}` : `${opening},${text.slice(1)}`;
  };
}

function encodeWithoutNumber(headers: { readonly hops?: unknown }): string {
  return JSON.stringify(headers.hops === undefined ? headers : { ...headers, hops: undefined });
}
