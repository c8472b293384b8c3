import Joi from 'joi';

export const confirmModes = ['httpstatus', 'regular'] as const;
export const payloadFormats = ['source', 'cloudevents', 'cloudevents-binary'] as const;

/**
 * A subscription as workers need it. A member that is added later is optional, or its schema has a default, because
 * services of an older version do not send it.
 */
export interface Subscription {
  readonly id: number;
  /** Grows with every change of any subscription. The version of a subscription with the higher revision is valid. */
  readonly revision: number;
  readonly account: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly callbackUrl: string;
  readonly confirmMode: (typeof confirmModes)[number];
  readonly confirmPattern: string;
  /** Event names, event types and patterns with `*` and `#`. */
  readonly eventNames: readonly string[];
  /** The bus whose events match; null for any bus. */
  readonly eventBusId: string | null;
  readonly timeoutMs: number;
  readonly payloadFormat: (typeof payloadFormats)[number];
  /** The headers of callbacks by name in lower case. Sealed values are masked here (sealed-headers.ts). */
  readonly headers: Readonly<Record<string, string>>;
  /** Signing secrets and header values, sealed with `SECRETS_KEY`. Each signing secret, newest first, signs all callbacks until it expires. */
  readonly secrets: readonly SealedSecret[];
  readonly maxAttempts: number;
  /** The most callbacks at once, per worker. */
  readonly maxInFlight: number;
  /** The permission of the receiver. Absent when the receiver does not have to allow callbacks. */
  readonly webHook?: WebHook;
}

export interface WebHook {
  /** The origin that the receiver has allowed. */
  readonly origin: string;
  /** The most callbacks per minute and worker; null for no limit. */
  readonly maxPerMinute: number | null;
}

export interface SealedSecret {
  readonly sealed: string;
  /** Epoch milliseconds; null for the secret that is valid until it is rotated. */
  readonly expiresAt: number | null;
}

/**
 * A change that the service `subscription` announces to workers. The epoch of the database grows when the database is
 * promoted or restored. Services of an older version send no epoch.
 */
export type SubscriptionChange = { readonly epoch?: number } & (
  | { readonly kind: 'saved'; readonly subscription: Subscription }
  | { readonly kind: 'deleted'; readonly id: number; readonly revision: number }
);

/**
 * A page of `GET /internal/subscriptions?after=<id>&limit=<rows>&bytes=<n>`, ascending by id. `next` is the `after` of the
 * next page, null at the end. A page may have fewer rows than the limit even if more follow.
 */
export interface SubscriptionPage {
  readonly subscriptions: readonly Subscription[];
  readonly next: number | null;
  /** The epoch of the database. A listing whose pages are of several epochs is invalid. */
  readonly epoch?: number;
}

const id = Joi.number().integer().min(1).required();

const subscriptionMembers = {
  id,
  revision: id,
  account: Joi.string().required(),
  name: Joi.string().required(),
  enabled: Joi.boolean().required(),
  callbackUrl: Joi.string().required(),
  confirmMode: Joi.valid(...confirmModes).required(),
  confirmPattern: Joi.string().allow('').required(),
  eventNames: Joi.array().items(Joi.string()).required(),
  eventBusId: Joi.string().allow(null).required(),
  timeoutMs: Joi.number().integer().min(1).required(),
  payloadFormat: Joi.valid(...payloadFormats).required(),
  headers: Joi.object().pattern(Joi.string(), Joi.string().allow('')).required(),
  secrets: Joi.array()
    .items(
      Joi.object({
        sealed: Joi.string().required(),
        expiresAt: Joi.number().integer().allow(null).required(),
      }).unknown(),
    )
    .default([]),
  maxAttempts: Joi.number().integer().min(1).required(),
  maxInFlight: Joi.number().integer().min(1).required(),
  webHook: Joi.object({
    origin: Joi.string().required(),
    maxPerMinute: Joi.number().integer().min(1).allow(null).required(),
  }).unknown(),
} satisfies Record<keyof Subscription, Joi.Schema>;
const subscriptionSchema = Joi.object<Subscription>(subscriptionMembers).unknown();

const epoch = Joi.number().integer().min(1);

const changeSchema = Joi.alternatives(
  Joi.object({ kind: Joi.valid('saved').required(), subscription: subscriptionSchema.required(), epoch }).unknown(),
  Joi.object({ kind: Joi.valid('deleted').required(), id, revision: id, epoch }).unknown(),
);

/** Changes nothing. A watcher announces it to check that it still receives announcements. */
export const noChange = Buffer.from(JSON.stringify({ kind: 'deleted', id: Number.MAX_SAFE_INTEGER, revision: 1 }));

const pageSchema = Joi.object<SubscriptionPage>({
  subscriptions: Joi.array().items(subscriptionSchema).required(),
  next: id.allow(null),
  epoch,
}).unknown();

/** @throws Joi.ValidationError, SyntaxError */
export function readSubscriptionChange(body: Buffer): SubscriptionChange {
  return Joi.attempt(JSON.parse(body.toString()), changeSchema) as SubscriptionChange;
}

/** @throws Joi.ValidationError */
export function readSubscriptionPage(answer: unknown): SubscriptionPage {
  return Joi.attempt(answer, pageSchema);
}

/** @throws Joi.ValidationError */
export function readSubscription(answer: unknown): Subscription {
  return Joi.attempt(answer, subscriptionSchema);
}
