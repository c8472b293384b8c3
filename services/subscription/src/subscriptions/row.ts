import type { SealedSecret, Subscription } from '@callbus/contracts/subscription';
import { namesWithin, type PatternLimits } from './patterns.js';
import type { Definition } from './definition.js';

/** Where a subscription was made. The account is the boundary; the business is kept and answered, as in the original. */
export interface Place {
  readonly account: string;
  readonly bizId: number;
}

/** A row of `subscriptions`. The columns' types and constraints are the check at this door. */
export interface SubscriptionRow extends Omit<Definition, 'secret'>, Place {
  readonly id: number;
  readonly revision: number;
  /** Signing secrets, newest first, and the sealed values of headers. */
  readonly secrets: readonly SealedSecret[];
  /** Null for one that its owner disabled, or that is enabled. */
  readonly disabledReason: string | null;
  /** Null where it is not asked. */
  readonly isVerified: boolean | null;
  /** Whom its receiver has allowed. */
  readonly verifiedOrigin: string | null;
  /** Null for any number. */
  readonly allowedPerMinute: number | null;
  /** Why its receiver has not allowed yet. */
  readonly verificationFailure: string | null;
  readonly operator: string;
  /** `yyyy-MM-dd HH:mm:ss` */
  readonly lastTime: string;
}

/** China's time, as the original's servers write it and the event bus API does; PostgreSQL's sign of a named offset is inverted. */
export const lastTime = `to_char(saved_at AT TIME ZONE INTERVAL '+08:00', 'YYYY-MM-DD HH24:MI:SS')`;

/** SQL: null where nobody is asked. */
export const isVerified = `CASE WHEN verification <> 'none' THEN verified_at IS NOT NULL END`;

/** Names come as JSON: pg reads an array of a megabyte in 150 ms of the event loop, JSON of a megabyte in 5. */
export const columns = `id, revision, account, biz_id AS "bizId", name, system_name AS "systemName", description,
  callback_url AS "callbackUrl", confirm_mode AS "confirmMode", confirm_pattern AS "confirmPattern",
  to_json(event_names) AS "eventNames", event_bus_id AS "eventBusId", timeout_s AS "timeoutS", enabled,
  payload_format AS "payloadFormat", headers, max_attempts AS "maxAttempts", max_in_flight AS "maxInFlight",
  verification, ${isVerified} AS "isVerified", verified_origin AS "verifiedOrigin",
  allowed_per_minute AS "allowedPerMinute", verification_failure AS "verificationFailure",
  secrets, disabled_reason AS "disabledReason", operator, ${lastTime} AS "lastTime"`;

/** SQL: whether its receiver may be called. */
export const isCallable = `enabled AND ${isVerified} IS NOT FALSE`;

/** As the workers need it: without the patterns that are beyond a limit, and disabled while its receiver has not allowed callbacks. */
export function toSubscription(row: SubscriptionRow, limits: PatternLimits): Subscription {
  return {
    id: row.id,
    revision: row.revision,
    account: row.account,
    name: row.name,
    enabled: row.enabled && row.isVerified !== false,
    callbackUrl: row.callbackUrl,
    confirmMode: row.confirmMode,
    confirmPattern: row.confirmPattern,
    eventNames: namesWithin(row.eventNames, limits),
    eventBusId: row.eventBusId,
    timeoutMs: row.timeoutS * 1_000,
    payloadFormat: row.payloadFormat,
    // In lower case a worker's own headers replace them without a look at the spelling.
    headers: Object.fromEntries(Object.entries(row.headers).map(([name, value]) => [name.toLowerCase(), value])),
    secrets: row.secrets,
    maxAttempts: row.maxAttempts,
    maxInFlight: row.maxInFlight,
    ...(row.verifiedOrigin !== null && {
      webHook: { origin: row.verifiedOrigin, maxPerMinute: row.allowedPerMinute },
    }),
  };
}
