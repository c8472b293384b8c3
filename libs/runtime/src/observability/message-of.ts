import { types } from 'node:util';

/** What failed, in one line; node adds errors up, without a message, when none of a name's addresses can be reached. */
export function messageOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.map(messageOf).join(', ');
  return error.message;
}
