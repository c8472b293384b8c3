import { validTokens } from '@callbus/runtime/auth/check-token';
import { createKeyClient } from '@callbus/runtime/auth/key-client';
import type { KeySource } from '@callbus/runtime/auth/stored-keys';
import type { ConfigOf } from '@callbus/runtime/config/read-config';
import type { Context } from '@callbus/start/context';
import type { ingestSettings } from './settings.js';

type Settings = 'AUTH' | 'SUBSCRIPTION_URL' | 'INTERNAL_TOKEN' | 'INTERNAL_TOKEN_PREVIOUS';

/** The stored keys, which the subscription service lists. Undefined when the settings lead to no such service. */
export function keySourceOf({
  config,
  logger,
}: Context<Pick<ConfigOf<typeof ingestSettings>, Settings>>): KeySource | undefined {
  const { SUBSCRIPTION_URL: url, INTERNAL_TOKEN: token, INTERNAL_TOKEN_PREVIOUS: previous } = config;
  if (url !== undefined && token !== undefined) return createKeyClient({ url, tokens: validTokens(token, previous) });
  if (config.AUTH === 'keys')
    logger.warn('only the keys of KEYS_FILE are accepted: stored keys need SUBSCRIPTION_URL and INTERNAL_TOKEN');
  return undefined;
}
