import { types } from 'node:util';

/**
 * The message of an error, in one line. When no address of a host name can be reached, node throws an AggregateError
 * whose own message is empty.
 */
export function messageOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.map(messageOf).join(', ');
  return error.message;
}
