import { hash } from 'node:crypto';

/** The keys of one subscription, as the script of apply-batch.ts names them too. */
export function keysOf(prefix: string, subscription: number) {
  const base = `${prefix}subscription:${subscription}`;
  return {
    /** Hash: one field per counter. */
    totals: base,
    /** List of the last attempts, oldest first, as `encodeAttempt` writes them. */
    attempts: `${base}:recent`,
  };
}

/**
 * The list of one event's steps. Its name holds a digest, because event ids may be long, and because no two pairs of account and id may ever
 * share a name.
 */
export function traceKeyOf(prefix: string, account: string, eventId: string): string {
  return `${prefix}trace:${traceNameOf(eventKeyOf(account, eventId))}`;
}

/** @param eventKey from `eventKeyOf` */
export function traceNameOf(eventKey: string): string {
  return hash('sha256', eventKey, 'base64url').slice(0, 24);
}

/** A string that is unique for this pair of account and id. */
export function eventKeyOf(account: string, eventId: string): string {
  return `${account.length} ${account} ${eventId}`;
}
