import { createHmac } from 'node:crypto';

/**
 * The `webhook-signature` of Standard Webhooks: HMAC-SHA256 over id, timestamp and body, one signature for each secret,
 * separated by spaces, so that a receiver may know the old or the new secret while it is being changed.
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
/** With its padding. */
const mostCharacters = prefix.length + Math.ceil(mostBytes / 3) * 4;

/** @returns the secret's bytes, or undefined when it is not `whsec_` and the base64 of 24 to 64 bytes */
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
