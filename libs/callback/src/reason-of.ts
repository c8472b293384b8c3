import { types } from 'node:util';

/** Why something failed, in words for whoever reads a result: the messages of the causes, no stack. */
export function reasonOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return [...new Set(error.errors.map(reasonOf))].join(', ');
  // Node's words hold the address, and who calls a name is not told where it leads.
  if ('syscall' in error && error.syscall === 'connect' && 'code' in error) return `connect ${String(error.code)}`;
  return types.isNativeError(error.cause) ? reasonOf(error.cause) : error.message || error.name;
}
