import type { Broker } from '@callbus/broker/broker';
import { createAuthenticate, type Authenticate, type AuthSettings } from '@callbus/runtime/auth/auth';
import { createStoredKeys, type KeySource, type StoredKeys } from '@callbus/runtime/auth/stored-keys';
import type { Context } from './context.js';

export interface Access {
  readonly authenticate: Authenticate;
  /** The caller opens them. Undefined when callers have no keys, or no stored ones. */
  readonly storedKeys: StoredKeys | undefined;
}

/**
 * Makes the check of callers of a process.
 *
 * @param options.source the stored keys; undefined when the process knows only those of the key file
 * @throws when the key file cannot be read or is invalid
 */
export async function openAccess(
  { config, logger, stopping, opened }: Context<AuthSettings>,
  { source, broker }: { source: KeySource | undefined; broker: Broker },
): Promise<Access> {
  const hasStored = config.AUTH === 'keys' && source !== undefined;
  const storedKeys = hasStored ? createStoredKeys({ source, broker, logger }) : undefined;
  if (storedKeys) opened.push(() => storedKeys.close());
  const watching = { logger, signal: stopping };
  return { authenticate: await createAuthenticate(config, { watching, stored: storedKeys }), storedKeys };
}
