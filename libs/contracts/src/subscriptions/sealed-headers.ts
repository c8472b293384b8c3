import type { SealedSecret } from './subscription.js';

type Headers = Readonly<Record<string, string>>;

/** Replaces the secret value of a header in answers, and in headers whose values are sealed. */
export const maskedValue = '********';

/** A case-insensitive regular expression. A header is secret when its name contains one of these words. */
export const secretWords = 'authorization|cookie|token|secret|key|password|signature';
const secretName = new RegExp(secretWords, 'i');

export function isSecretHeader(name: string): boolean {
  return secretName.test(name);
}

/** The headers as callers read them, with secret values masked. */
export function maskHeaders(headers: Headers): Headers {
  const told = Object.entries(headers).map(([name, value]) => [name, isSecretHeader(name) ? maskedValue : value]);
  return Object.fromEntries(told) as Headers;
}

/**
 * Sealed header values are stored and announced among the signing secrets, each after its header's name and a colon. A version that does not
 * know them finds a signing secret that it cannot open. It lets the callbacks wait, rather than sending them without the header.
 */
export function sealedHeader(name: string, sealed: string): SealedSecret {
  return { sealed: `${name.toLowerCase()}:${sealed}`, expiresAt: null };
}

export function isSigningSecret({ sealed }: SealedSecret): boolean {
  return !sealed.includes(':');
}

/** The sealed values of headers among the secrets, by the name in lower case. */
export function sealedHeadersIn(secrets: readonly SealedSecret[]): Map<string, string> {
  const parts = secrets.filter((secret) => !isSigningSecret(secret)).map(({ sealed }) => sealed.split(':'));
  return new Map(parts.map(([name = '', sealed = '']) => [name, sealed]));
}
