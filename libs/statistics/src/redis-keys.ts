/** Hash of one subscription, with a field for each counter. */
export function totalsKeyOf(prefix: string, subscription: number): string {
  return `${prefix}subscription:${subscription}`;
}

/** List of a subscription's last attempts, oldest first, as `encodeAttempt` writes them. */
export function attemptsKeyOf(prefix: string, subscription: number): string {
  return `${prefix}subscription:${subscription}:recent`;
}
