import type { SecretBox } from '@callbus/callback/signing/secret-box';
import {
  isSecretHeader,
  isSigningSecret,
  maskedValue,
  sealedHeader,
  sealedHeadersIn,
} from '@callbus/contracts/sealed-headers';
import type { SealedSecret } from '@callbus/contracts/subscription';
import { fault, type Fault } from '../http/errors.js';
import { reasonFor } from '../http/reasons.js';

type Headers = Readonly<Record<string, string>>;

/** The mask rests in place of each value that is sealed; the sealed values are among the secrets. */
export interface StoredHeaders {
  readonly headers: Headers;
  readonly secrets: readonly SealedSecret[];
}

export interface SealHeaders {
  /**
   * Seals the values that look like secrets.
   *
   * @param wanted as the caller gives them; the mask stands for the value that is stored
   * @param before what is stored so far
   * @returns the headers, and as secrets their sealed values alone
   */
  seal(wanted: Headers, before?: StoredHeaders): StoredHeaders | Fault;
  /** Brings what is stored into the form in which this process stores; all secrets are there again. */
  sealStored(before: StoredHeaders): StoredHeaders;
}

interface AtRest {
  readonly value: string;
  readonly secret?: SealedSecret;
}

const nothing: StoredHeaders = { headers: {}, secrets: [] };

/**
 * @param options.secretBox undefined where `SECRETS_KEY` is not set: no secret value is taken then, and what is stored stays
 * @param options.isDeferred while a version that knows no sealed headers may be running: what was sealed is opened again
 */
export function createSealHeaders(options: { secretBox: SecretBox | undefined; isDeferred: boolean }): SealHeaders {
  const { secretBox, isDeferred } = options;

  function rest(name: string, value: string): AtRest {
    if (secretBox === undefined || isDeferred || !isSecretHeader(name)) return { value };
    return { value: maskedValue, secret: sealedHeader(name, secretBox.seal(Buffer.from(value))) };
  }

  /** @returns undefined when no value is stored */
  function restAsBefore(name: string, { headers, secrets }: StoredHeaders): AtRest | undefined {
    const lower = name.toLowerCase();
    const [, value] = Object.entries(headers).find(([each]) => each.toLowerCase() === lower) ?? [];
    if (value !== maskedValue) return value === undefined ? undefined : rest(name, value);
    const sealed = sealedHeadersIn(secrets).get(lower);
    if (sealed === undefined) return undefined;
    if (secretBox !== undefined && isDeferred) return { value: secretBox.open(sealed).toString() };
    return { value, secret: sealedHeader(name, sealed) };
  }

  return {
    seal(wanted, before = nothing) {
      const atRest = new Map<string, AtRest>();
      for (const [name, value] of Object.entries(wanted)) {
        const isKept = isSecretHeader(name) && value === maskedValue;
        const found = isKept ? restAsBefore(name, before) : rest(name, value);
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
  return fault('invalid', { field: 'headers', reason: reasonFor(reason, { header }) });
}
