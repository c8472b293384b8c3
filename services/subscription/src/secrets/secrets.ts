import { randomBytes } from 'node:crypto';
import type { SecretBox } from '@callbus/callback/signing/secret-box';
import { formatSecret } from '@callbus/callback/signing/sign';
import { isSigningSecret } from '@callbus/contracts/subscriptions/sealed-headers';
import { text } from '@callbus/openapi/schema';
import type { SealedSecret } from '@callbus/contracts/subscriptions/subscription';
import type { Fault } from '../http/errors.js';
import { invalid } from '../http/reasons.js';

/** The secret in a request: its bytes, or `generate`. */
export type WantedSecret = Buffer | 'generate';

/** A secret in the answer to the call that has made it. */
export const secretSchema = text('The signing secret, which no later answer contains.', { pattern: '^whsec_' });

export interface Secrets {
  make(wanted: WantedSecret): SealedSecret | Fault;
  /** @returns the text that is answered to the caller once, `whsec_…` */
  open(sealed: string): string;
}

const generatedBytes = 32;
const overlapMs = 24 * 3_600_000;
/** Every secret signs every callback, and header lines have a limited length. */
const secretsMax = 5;

/** @param secretBox undefined when `SECRETS_KEY` is not set; secrets are then refused */
export function createSecrets(secretBox: SecretBox | undefined): Secrets {
  return {
    make(wanted) {
      if (secretBox === undefined) return invalid('secret', 'secret.noKey');
      const bytes = wanted === 'generate' ? randomBytes(generatedBytes) : wanted;
      return { sealed: secretBox.seal(bytes), expiresAt: null };
    },
    open(sealed) {
      if (secretBox === undefined) throw new Error('a secret was sealed without SECRETS_KEY');
      return formatSecret(secretBox.open(sealed));
    },
  };
}

/** Adds a new signing secret. The old ones sign for another day, so that receivers have time to change. */
export function rotated(secrets: readonly SealedSecret[], added: SealedSecret, nowMs: number): SealedSecret[] {
  const others = secrets
    .filter(isSigningSecret)
    .map(({ sealed, expiresAt }) => ({ sealed, expiresAt: expiresAt ?? nowMs + overlapMs }))
    .filter(({ expiresAt }) => expiresAt > nowMs);
  return [...[added, ...others].slice(0, secretsMax), ...secrets.filter((secret) => !isSigningSecret(secret))];
}
