import type { SecretBox } from '@callbus/callback/signing/secret-box';
import type { SealedSecret } from '@callbus/contracts/subscriptions/subscription';
import type { Pool } from '../database/pool.js';
import { convertStored } from './convert-stored.js';

export interface Resealed {
  /** The subscriptions with sealed values. */
  readonly subscriptions: number;
  readonly resealed: number;
  /** The ids of subscriptions with a value that no key opens. They stay as they are. */
  readonly unreadable: readonly number[];
}

/**
 * Seals stored signing secrets and header values with another key.
 *
 * @param options.current seals with the new key, and opens with it alone
 * @param options.previous opens the values that are sealed with the old key
 */
export async function resealStored(options: {
  pool: Pool;
  current: SecretBox;
  previous: Pick<SecretBox, 'open'>;
}): Promise<Resealed> {
  const { pool, current, previous } = options;
  let subscriptions = 0;
  const unreadable: number[] = [];

  /** @throws when no key opens the value */
  function reseal(secret: SealedSecret): SealedSecret {
    // The value of a header comes after its name and a colon, a signing secret is alone.
    const valueAt = secret.sealed.lastIndexOf(':') + 1;
    const value = secret.sealed.slice(valueAt);
    if (isReadable(current, value)) return secret;
    return { ...secret, sealed: secret.sealed.slice(0, valueAt) + current.seal(previous.open(value)) };
  }

  const resealed = await convertStored({
    pool,
    where: 'json_array_length(secrets) > 0',
    convert({ id, headers, secrets }) {
      subscriptions += 1;
      try {
        const after = secrets.map(reseal);
        return after.every((secret, index) => secret === secrets[index]) ? undefined : { headers, secrets: after };
      } catch {
        unreadable.push(id);
        return undefined;
      }
    },
  });
  return { subscriptions, resealed, unreadable };
}

function isReadable(box: SecretBox, sealed: string): boolean {
  try {
    box.open(sealed);
    return true;
  } catch {
    return false;
  }
}
