import { types } from 'node:util';

/** Why something failed, for readers of a result: the messages of the causes, without a stack. */
export function reasonOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return [...new Set(error.errors.map(reasonOf))].join(', ');
  // Node's message contains the address, but callers must not learn what a name resolves to.
  if ('syscall' in error && error.syscall === 'connect' && 'code' in error) return `connect ${String(error.code)}`;
  return types.isNativeError(error.cause) ? reasonOf(error.cause) : error.message || error.name;
}
