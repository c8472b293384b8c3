import type { SealedSecret } from './subscription.js';

type Headers = Readonly<Record<string, string>>;

/** Replaces the value of a secret header in answers and in announcements. */
export const maskedValue = '********';

/** A case-insensitive regular expression. A header is secret if its name contains one of these words. */
export const secretWords = 'authorization|cookie|token|secret|key|password|signature';
const secretName = new RegExp(secretWords, 'i');

export function isSecretHeader(name: string): boolean {
  return secretName.test(name);
}

/** The headers for callers, with secret values masked. */
export function maskHeaders(headers: Headers): Headers {
  const shown = Object.entries(headers).map(([name, value]) => [name, isSecretHeader(name) ? maskedValue : value]);
  return Object.fromEntries(shown) as Headers;
}

/**
 * Sealed header values are stored and announced among the signing secrets, each after the name of its header and a colon.
 * An older version takes such a value for a signing secret that it cannot open. Its callbacks wait, instead of going out
 * without the header.
 */
export function sealedHeader(name: string, sealed: string): SealedSecret {
  return { sealed: `${name.toLowerCase()}:${sealed}`, expiresAt: null };
}

export function isSigningSecret({ sealed }: SealedSecret): boolean {
  return !sealed.includes(':');
}

/** The sealed header values among the secrets, by name in lower case. */
export function sealedHeadersIn(secrets: readonly SealedSecret[]): Map<string, string> {
  const parts = secrets.filter((secret) => !isSigningSecret(secret)).map(({ sealed }) => sealed.split(':'));
  return new Map(parts.map(([name = '', sealed = '']) => [name, sealed]));
}
