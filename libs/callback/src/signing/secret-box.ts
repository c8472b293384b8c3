import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Encrypts secrets for storage and transport: AES-256-GCM with a fresh nonce each time. */
export interface SecretBox {
  /** @returns base64 of nonce, tag and ciphertext */
  seal(secret: Buffer): string;
  /** @throws when the text was sealed with another key, or changed since */
  open(sealed: string): Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;

/** @param key any text of enough entropy; its SHA-256 is the encryption key */
export function createSecretBox(key: string): SecretBox {
  const keyBytes = keyOf(key);
  return {
    seal(secret) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keyBytes, nonce);
      const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        return openWith(keyBytes, bytes);
      } catch (error) {
        // Versions before 0.3 took a line break at the end of SECRETS_KEY for part of the key.
        try {
          return openWith(keyOf(`${key}\n`), bytes);
        } catch {
          throw error;
        }
      }
    },
  };
}

function keyOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function openWith(keyBytes: Buffer, bytes: Buffer): Buffer {
  const tagEnd = nonceBytes + tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', keyBytes, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(bytes.subarray(nonceBytes, tagEnd));
  return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]);
}
