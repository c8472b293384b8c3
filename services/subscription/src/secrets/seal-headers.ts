import type { SecretBox } from '@callbus/callback/signing/secret-box';
import {
  isSecretHeader,
  isSigningSecret,
  maskedValue,
  sealedHeader,
  sealedHeadersIn,
} from '@callbus/contracts/subscriptions/sealed-headers';
import type { SealedSecret } from '@callbus/contracts/subscriptions/subscription';
import type { Fault } from '../http/errors.js';
import { invalid } from '../http/reasons.js';

type Headers = Readonly<Record<string, string>>;

/** Headers with the mask in place of each sealed value. The sealed values are among the secrets. */
export interface StoredHeaders {
  readonly headers: Headers;
  readonly secrets: readonly SealedSecret[];
}

export interface SealHeaders {
  /**
   * Seals the values that look like secrets.
   *
   * @param given the caller's headers, in which the mask stands for the stored value
   * @param before the headers that are stored
   * @returns the headers, and only their sealed values as secrets
   */
  seal(given: Headers, before?: StoredHeaders): StoredHeaders | Fault;
  /**
   * Converts stored headers to the form in which this process stores them. The result has all secrets, signing secrets
   * included.
   */
  sealStored(before: StoredHeaders): StoredHeaders;
}

/** The stored form of one header. */
interface AtRest {
  readonly value: string;
  readonly secret?: SealedSecret;
}

const nothing: StoredHeaders = { headers: {}, secrets: [] };

/**
 * @param options.secretBox undefined when `SECRETS_KEY` is not set: secret values are refused, and stored ones stay
 * @param options.isDeferred whether a version may run that cannot read sealed headers: sealed values are opened again
 */
export function createSealHeaders(options: { secretBox: SecretBox | undefined; isDeferred: boolean }): SealHeaders {
  const { secretBox, isDeferred } = options;

  function toRest(name: string, value: string): AtRest {
    if (secretBox === undefined || isDeferred || !isSecretHeader(name)) return { value };
    return { value: maskedValue, secret: sealedHeader(name, secretBox.seal(Buffer.from(value))) };
  }

  /** @returns undefined when no value is stored */
  function restAsBefore(name: string, { headers, secrets }: StoredHeaders): AtRest | undefined {
    const lower = name.toLowerCase();
    const [, value] = Object.entries(headers).find(([each]) => each.toLowerCase() === lower) ?? [];
    if (value !== maskedValue) return value === undefined ? undefined : toRest(name, value);
    const sealed = sealedHeadersIn(secrets).get(lower);
    if (sealed === undefined) return undefined;
    if (secretBox !== undefined && isDeferred) return { value: secretBox.open(sealed).toString() };
    return { value, secret: sealedHeader(name, sealed) };
  }

  return {
    seal(given, before = nothing) {
      const atRest = new Map<string, AtRest>();
      for (const [name, value] of Object.entries(given)) {
        const isKept = isSecretHeader(name) && value === maskedValue;
        const found = isKept ? restAsBefore(name, before) : toRest(name, value);
        if (found === undefined) return refused(name, 'header.nothingKept');
        if (!isKept && isSecretHeader(name) && secretBox === undefined) return refused(name, 'header.noKey');
        atRest.set(name, found);
      }
      return stored(atRest);
    },

    sealStored(before) {
      const names = Object.entries(before.headers);
      const { headers, secrets } = stored(
        new Map(names.map(([name, value]) => [name, restAsBefore(name, before) ?? { value }])),
      );
      return { headers, secrets: [...before.secrets.filter(isSigningSecret), ...secrets] };
    },
  };
}

function stored(atRest: ReadonlyMap<string, AtRest>): StoredHeaders {
  return {
    headers: Object.fromEntries([...atRest].map(([name, { value }]) => [name, value])),
    secrets: [...atRest.values()].flatMap(({ secret }) => secret ?? []),
  };
}

function refused(header: string, reason: string): Fault {
  return invalid('headers', reason, { header });
}
