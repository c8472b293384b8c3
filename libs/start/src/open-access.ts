import { createAuthenticate, type Authenticate, type AuthSettings } from '@callbus/runtime/auth/auth';
import { createStoredKeys, type StoredKeys } from '@callbus/runtime/auth/stored-keys';
import type { Context } from './context.js';

export interface Access {
  readonly authenticate: Authenticate;
  /** Not open yet: the code that opens the stored keys also closes them. Undefined when callers have no keys, or no stored ones. */
  readonly storedKeys: StoredKeys | undefined;
}

/**
 * Makes the function that authenticates the callers of a process.
 *
 * @param isStoring whether the process can learn stored keys, or knows only those of the key file
 * @throws when the key file cannot be read or is invalid
 */
export async function openAccess(
  { config, logger, stopping }: Context<AuthSettings>,
  isStoring = true,
): Promise<Access> {
  const storedKeys = config.AUTH === 'keys' && isStoring ? createStoredKeys({ logger }) : undefined;
  const watching = { logger, signal: stopping };
  return { authenticate: await createAuthenticate(config, { watching, stored: storedKeys }), storedKeys };
}
