import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Encrypts secrets for storage and transport: AES-256-GCM with a fresh nonce each time. */
export interface SecretBox {
  /** @returns base64 of nonce, tag and ciphertext */
  seal(secret: Buffer): string;
  /** @throws when the text was sealed with none of the keys, or changed since */
  open(sealed: string): Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * @param key seals and opens; any text of enough entropy, whose SHA-256 is the encryption key
 * @param previous only opens, until all secrets are sealed with `key`
 */
export function createSecretBox(key: string, previous?: string): SecretBox {
  const keyBytes = keyOf(key);
  // Versions before 0.3 took a line break at the end of SECRETS_KEY for part of the key.
  const openingKeys = [key, previous].flatMap((text) => (text === undefined ? [] : [keyOf(text), keyOf(`${text}\n`)]));
  return {
    seal(secret) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keyBytes, nonce);
      const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      for (const openingKey of openingKeys) {
        const secret = openWith(openingKey, bytes);
        if (secret !== undefined) return secret;
      }
      throw new Error('sealed with another key, or changed since');
    },
  };
}

function keyOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** @returns undefined when the key does not fit, or the bytes were changed */
function openWith(keyBytes: Buffer, bytes: Buffer): Buffer | undefined {
  const tagEnd = nonceBytes + tagBytes;
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyBytes, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(bytes.subarray(nonceBytes, tagEnd));
    return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]);
  } catch {
    return undefined;
  }
}
