import { createHmac } from 'node:crypto';

/**
 * The `webhook-signature` of Standard Webhooks: HMAC-SHA256 over id, timestamp and body, one signature per secret,
 * separated by spaces, so that a receiver may use the old or the new secret during a change.
 *
 * @param signed `timestamp` in epoch seconds; `secrets` as raw bytes
 */
export function signatureOf(signed: {
  id: string;
  timestamp: string;
  body: Buffer;
  secrets: readonly Buffer[];
}): string {
  const { id, timestamp, body, secrets } = signed;
  return secrets
    .map((secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')}`)
    .join(' ');
}

const prefix = 'whsec_';
const leastBytes = 24;
const mostBytes = 64;
/** Includes the prefix and the base64 padding. */
const mostCharacters = prefix.length + Math.ceil(mostBytes / 3) * 4;

/** @returns the secret's bytes, or undefined when the text is not `whsec_` followed by 24 to 64 bytes in base64 */
export function parseSecret(text: string): Buffer | undefined {
  if (!text.startsWith(prefix) || text.length > mostCharacters) return undefined;
  const base64 = text.slice(prefix.length);
  const bytes = Buffer.from(base64, 'base64');
  const isExact = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  return isExact && bytes.length >= leastBytes && bytes.length <= mostBytes ? bytes : undefined;
}

export function formatSecret(bytes: Buffer): string {
  return prefix + bytes.toString('base64');
}
