import { originalsOf } from './altered-body.js';
import { bytesOf, type CallbackBody } from './body.js';
import { readHeaders, type CallbackHeaders } from './headers.js';

export interface VerifyOptions {
  /** The secret of the subscription, `whsec_…`. During a rotation the old and the new one. */
  readonly secret: string | readonly string[];
  /** By how much the clocks of bus and receiver may differ, in seconds. Default: 300. */
  readonly toleranceS?: number;
}

/**
 * Why a callback is not accepted: `headers`: one is missing or cannot be read; `clock`: the signature fits, but its time is too far from
 * ours; `body`: the body is not the one that was signed; `secret`: nothing fits.
 */
export type Refusal = 'headers' | 'clock' | 'body' | 'secret';

export type Verdict =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly reason: Refusal; readonly message: string };

/** Searching for the original body takes several times as long as verifying, so it is not done for larger bodies. */
const searchedBytes = 512 * 1024;

/**
 * Verifies the signature of a callback by Standard Webhooks, version 1.
 *
 * @param body the bytes as they came, before any parsing
 */
export async function verify(headers: CallbackHeaders, body: CallbackBody, options: VerifyOptions): Promise<Verdict> {
  const { toleranceS = 300 } = options;
  const read = readHeaders(headers);
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    read.get(name),
  );
  if (signature === undefined)
    return refuse(
      'headers',
      'webhook-signature is missing: the subscription has no secret, or a proxy has removed the header',
    );
  if (id === undefined || timestamp === undefined)
    return refuse('headers', 'webhook-id or webhook-timestamp is missing');
  if (!/^\d{1,12}$/.test(timestamp)) return refuse('headers', 'webhook-timestamp is not a number of seconds');
  const signatures = signature.split(' ').flatMap((each) => (each.startsWith('v1,') ? [each.slice(3)] : []));
  if (signatures.length === 0) return refuse('headers', 'webhook-signature has no signature of version 1');
  // A program without types may hand in what its environment does not have.
  const secrets = [options.secret].flat().filter(Boolean);
  if (secrets.length === 0) return refuse('secret', 'no secret was given: hand in that of the subscription, whsec_…');
  const keys = await Promise.all(secrets.map(importKey));
  if (keys.includes(undefined)) return refuse('secret', 'a secret is not whsec_ and base64');
  const bytes = bytesOf(body);
  if (bytes === undefined) return refuse('body', 'the body was parsed before: hand in the bytes as they came');

  const isSigned = async (candidate: Uint8Array) => {
    const signed = join(new TextEncoder().encode(`${id}.${timestamp}.`), candidate);
    for (const key of keys) {
      const expected = key === undefined ? '' : base64(await crypto.subtle.sign('HMAC', key, signed));
      if (signatures.some((given) => isEqual(given, expected))) return true;
    }
    return false;
  };
  if (await isSigned(bytes)) {
    const ageS = Math.round(Date.now() / 1_000 - Number(timestamp));
    if (Math.abs(ageS) <= toleranceS) return { ok: true, id };
    const when = ageS > 0 ? `${ageS} s ago` : `${-ageS} s in the future`;
    return refuse(
      'clock',
      `the signature fits, but was made ${when}: the clocks differ, or an old callback was sent again`,
    );
  }
  return refuse(...(await whyNot(bytes, read.get('content-length'), isSigned)));
}

async function whyNot(
  bytes: Uint8Array,
  contentLength: string | undefined,
  isSigned: (candidate: Uint8Array) => Promise<boolean>,
): Promise<[Refusal, string]> {
  if (bytes.length === 0) return ['body', 'the body is empty: a parser has read it before'];
  if (bytes.length <= searchedBytes)
    for (const { original, alteration } of originalsOf(bytes))
      if (await isSigned(original)) return ['body', `${alteration}: hand in the bytes as they came`];
  if (contentLength !== undefined && Number(contentLength) !== bytes.length)
    return ['body', `the body has ${bytes.length} bytes, but ${contentLength} came: hand in the bytes as they came`];
  return ['secret', 'no signature fits: the secret is another, or the body was changed'];
}

function refuse(reason: Refusal, message: string): Verdict {
  return { ok: false, reason, message };
}

/** @returns undefined when the secret is not `whsec_` and base64 */
async function importKey(secret: string) {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(atob(secret.trim().replace(/^whsec_/, '')), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
  // No runtime imports an empty key.
  if (bytes.length === 0) return undefined;
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

function join(start: Uint8Array, end: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(start.length + end.length);
  all.set(start);
  all.set(end, start.length);
  return all;
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

/** Takes the same time wherever the texts differ. */
function isEqual(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let index = 0; index < one.length; index += 1) difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  return difference === 0;
}
