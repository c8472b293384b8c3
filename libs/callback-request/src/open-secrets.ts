import type { SecretBox } from '@callbus/callback/signing/secret-box';
import {
  isSecretHeader,
  isSigningSecret,
  maskedValue,
  sealedHeadersIn,
} from '@callbus/contracts/subscriptions/sealed-headers';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { Logger } from '@callbus/runtime/observability/logger';

/** The headers and secrets of a subscription's callbacks. */
export interface Opened {
  /** The subscription with all headers in clear. */
  readonly subscription: Subscription;
  /** The secrets that sign now, newest first. */
  readonly secrets: readonly Buffer[];
  /** Secret header values, which are masked in answers. */
  readonly secretValues: readonly string[];
}

/** @returns undefined when a sealed value cannot be opened */
export type OpenSecrets = (subscription: Subscription) => Opened | undefined;

interface Known extends Omit<Opened, 'secrets'> {
  readonly signing: readonly { readonly bytes: Buffer; readonly expiresAt: number }[];
}

/** Opens the sealed values of each definition once. A callback is never sent without a signature or a header that it should have. */
export function createOpenSecrets(options: {
  secretBox: SecretBox | undefined;
  logger: Logger;
  now: () => number;
}): OpenSecrets {
  const { secretBox, logger, now } = options;
  const opened = new WeakMap<Subscription, Known | undefined>();

  function openSealed(sealed: string | undefined): Buffer {
    if (sealed === undefined) throw new Error('the value of a masked header is missing');
    if (secretBox === undefined) throw new Error('SECRETS_KEY is not set');
    return secretBox.open(sealed);
  }

  function open(subscription: Subscription): Known | undefined {
    const { id, headers, secrets } = subscription;
    try {
      const sealed = sealedHeadersIn(secrets);
      const secretHeaders = Object.entries(headers)
        .filter(([name]) => isSecretHeader(name))
        // A subscription service of an older version sends secret headers in clear.
        .map(
          ([name, value]) => [name, value === maskedValue ? openSealed(sealed.get(name)).toString() : value] as const,
        );
      return {
        signing: secrets
          .filter(isSigningSecret)
          .map((secret) => ({ bytes: openSealed(secret.sealed), expiresAt: secret.expiresAt ?? Infinity })),
        subscription: { ...subscription, headers: { ...headers, ...Object.fromEntries(secretHeaders) } },
        secretValues: secretHeaders.map(([, value]) => value),
      };
    } catch (error) {
      logger.error({ subscription: id, error: String(error) }, 'callbacks wait: a sealed value cannot be opened');
      return undefined;
    }
  }

  return (subscription) => {
    if (isOpen(subscription)) return { subscription, secrets: [], secretValues: [] };
    if (!opened.has(subscription)) opened.set(subscription, open(subscription));
    const known = opened.get(subscription);
    if (known === undefined) return undefined;
    const secrets = known.signing.filter(({ expiresAt }) => expiresAt > now()).map(({ bytes }) => bytes);
    return { subscription: known.subscription, secrets, secretValues: known.secretValues };
  };
}

/** Whether a subscription has nothing to open, which is the common case. */
function isOpen({ headers, secrets }: Subscription): boolean {
  for (const name in headers) if (isSecretHeader(name)) return false;
  return secrets.length === 0;
}
