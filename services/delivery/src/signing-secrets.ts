import type { SecretBox } from '@callbus/callback/secret-box';
import type { Subscription } from '@callbus/contracts/subscription';
import type { Logger } from '@callbus/runtime/logger';

/** @returns the secrets that sign now, newest first; undefined when they cannot be opened */
export type OpenSecrets = (subscription: Subscription) => readonly Buffer[] | undefined;

interface OpenedSecret {
  readonly bytes: Buffer;
  readonly expiresAt: number;
}

/** Opens the secrets of each definition once. A callback that ought to be signed is never sent without. */
export function createOpenSecrets(options: {
  secretBox: SecretBox | undefined;
  logger: Logger;
  now: () => number;
}): OpenSecrets {
  const { secretBox, logger, now } = options;
  const opened = new WeakMap<Subscription, readonly OpenedSecret[] | undefined>();

  function open(subscription: Subscription): readonly OpenedSecret[] | undefined {
    try {
      if (secretBox === undefined) throw new Error('SECRETS_KEY is not set');
      return subscription.secrets.map(({ sealed, expiresAt }) => ({
        bytes: secretBox.open(sealed),
        expiresAt: expiresAt ?? Infinity,
      }));
    } catch (error) {
      logger.error(
        { subscription: subscription.id, error: String(error) },
        'callbacks wait: their secret cannot be opened',
      );
      return undefined;
    }
  }

  return (subscription) => {
    if (subscription.secrets.length === 0) return [];
    if (!opened.has(subscription)) opened.set(subscription, open(subscription));
    return opened
      .get(subscription)
      ?.filter(({ expiresAt }) => expiresAt > now())
      .map(({ bytes }) => bytes);
  };
}
