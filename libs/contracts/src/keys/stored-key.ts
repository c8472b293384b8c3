import Joi from 'joi';
import { allRoles, type KeyHolder } from './holder.js';

/** A key that the service `subscription` stores, as other processes need it. Only its revocation changes it. */
export interface StoredKey extends KeyHolder {
  readonly id: string;
  /** SHA-256 of the key, in hexadecimal. */
  readonly sha256: string;
  /** Epoch milliseconds; null for a key that does not expire. */
  readonly expiresAt: number | null;
}

/** What `subscription` announces when a key is made or revoked. */
export type KeyChange =
  { readonly kind: 'made'; readonly key: StoredKey } | { readonly kind: 'revoked'; readonly id: string };

/** A page of `GET /internal/keys?after=<id>`, ascending by id. `next` is the `after` of the next page, null at the end. */
export interface KeyPage {
  readonly keys: readonly StoredKey[];
  readonly next: string | null;
}

/** The last use of a key in a process. */
export interface KeyUse {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

const id = Joi.string().max(64).required();

const keySchema = Joi.object<StoredKey>({
  id,
  sha256: Joi.string().hex().lowercase().length(64).required(),
  account: Joi.string().required(),
  user: Joi.string().allow('').required(),
  // A newer version may know more roles.
  roles: Joi.array()
    .items(Joi.valid(...allRoles), Joi.any().strip())
    .required(),
  expiresAt: Joi.number().integer().allow(null).required(),
}).unknown();

const changeSchema = Joi.alternatives(
  Joi.object({ kind: Joi.valid('made').required(), key: keySchema.required() }).unknown(),
  Joi.object({ kind: Joi.valid('revoked').required(), id }).unknown(),
);

const pageSchema = Joi.object<KeyPage>({
  keys: Joi.array().items(keySchema).required(),
  next: id.allow(null),
}).unknown();

/** The most uses in a body of `POST /internal/keys/used`. */
export const usesMax = 1_000;

/** The body of `POST /internal/keys/used`. */
export const usesSchema = Joi.object<{ uses: readonly KeyUse[] }>({
  uses: Joi.array()
    .items(Joi.object({ id, at: Joi.number().integer().min(0).required() }))
    .max(usesMax)
    .required(),
});

/** @throws Joi.ValidationError, SyntaxError */
export function readKeyChange(body: Buffer): KeyChange {
  return Joi.attempt(JSON.parse(body.toString()), changeSchema) as KeyChange;
}

/** @throws Joi.ValidationError */
export function readKeyPage(answer: unknown): KeyPage {
  return Joi.attempt(answer, pageSchema);
}
