import type { SealedSecret } from './subscription.js';

type Headers = Readonly<Record<string, string>>;

/** Stands for the secret value of a header: in answers, and in the headers whose values are sealed. */
export const maskedValue = '********';

/** A regular expression, whatever the case. A header is a secret's when its name holds one of these words. */
export const secretWords = 'authorization|cookie|token|secret|key|password|signature';
const secretName = new RegExp(secretWords, 'i');

export function isSecretHeader(name: string): boolean {
  return secretName.test(name);
}

/** As callers are told of them. */
export function maskHeaders(headers: Headers): Headers {
  const told = Object.entries(headers).map(([name, value]) => [name, isSecretHeader(name) ? maskedValue : value]);
  return Object.fromEntries(told) as Headers;
}

/**
 * Sealed values of headers rest and travel among the signing secrets, each behind its header's name and a colon. A version that
 * does not know them takes one for a signing secret that it cannot open, and lets the callbacks wait instead of making them
 * without the header.
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
