import { maskHeaders } from '@callbus/contracts/subscriptions/sealed-headers';
import {
  confirmModes,
  payloadFormats,
  type SealedSecret,
  type Subscription,
  type WebHook,
} from '@callbus/contracts/subscriptions/subscription';
import { callbackUrl } from './callback-url.js';
import {
  bigint,
  boolean,
  computed,
  given,
  json,
  kept,
  nullableBoolean,
  nullableText,
  oneOf,
  text,
  texts,
  unstored,
} from './field.js';
import { namesWithin } from './patterns.js';
import * as rules from './rules.js';

/** How receivers are asked whether they allow callbacks. */
const verifications = ['none', 'cloudevents'] as const;

/** SQL: whether the receiver has allowed callbacks; null for a subscription without verification. */
const isVerified = `CASE WHEN verification <> 'none' THEN verified_at IS NOT NULL END`;

/** SQL: whether the receiver may be called. */
export const isCallable = `enabled AND ${isVerified} IS NOT FALSE`;

/**
 * SQL: the time in UTC+8, as in the original and in the event bus API. An interval, because PostgreSQL inverts the sign of
 * a named offset.
 */
const lastTime = `to_char(saved_at AT TIME ZONE INTERVAL '+08:00', 'YYYY-MM-DD HH24:MI:SS')`;

/**
 * The fields of a subscription, by their names in a row, in the order in which they are checked and answered. The checks
 * of bodies, the SQL of rows and searches, the answers and the form for the workers follow from this table.
 */
export const fields = {
  id: kept({
    api: 'subscription_id',
    description: 'The id, which is never used again.',
    column: 'id',
    type: bigint,
    search: {},
    toWorkers: (id) => ({ id }),
  }),
  revision: kept({ column: 'revision', type: bigint, toWorkers: (revision) => ({ revision }) }),
  name: given({
    api: 'subscription_name',
    description: 'A name, unique within the account.',
    column: 'name',
    type: text,
    rule: rules.shortText,
    isRequired: true,
    isOriginal: true,
    search: {},
    toWorkers: (name) => ({ name }),
  }),
  systemName: given({
    api: 'system_name',
    description: 'The name of the subscribing system: free text.',
    column: 'system_name',
    type: text,
    rule: rules.shortText,
    default: '',
    isOriginal: true,
    search: {},
  }),
  callbackUrl: given({
    api: 'callback_url',
    description: 'An absolute http or https URL without credentials, at an address that the operator allows.',
    column: 'callback_url',
    type: text,
    rule: callbackUrl,
    isRequired: true,
    isOriginal: true,
    search: {},
    toWorkers: (url) => ({ callbackUrl: url }),
  }),
  confirmMode: given({
    api: 'confirm_mode',
    description:
      'What confirms a callback: the status of the answer alone (`httpstatus`), or its body alone (`regular`). In requests `1` and `2` mean the same.',
    column: 'confirm_mode',
    type: oneOf(confirmModes),
    rule: rules.confirmMode,
    isRequired: true,
    isOriginal: true,
    search: { read: (value) => rules.readConfirmMode(value) ?? value },
    toWorkers: (confirmMode) => ({ confirmMode }),
  }),
  /** An empty pattern is replaced by the default of the mode (`definition.ts`). */
  confirmPattern: given({
    api: 'confirm_pattern',
    description:
      '`httpstatus`: statuses and classes separated by commas, such as `200,202` or `2xx`; by default `200`, or `2xx` for the formats of CloudEvents. `regular`: an RE2 expression, found anywhere in the first 64 KiB of the body.',
    column: 'confirm_pattern',
    type: text,
    rule: rules.confirmPattern,
    default: '',
    isOriginal: true,
    search: {},
    toWorkers: (confirmPattern) => ({ confirmPattern }),
  }),
  eventNames: given({
    api: 'subscription_form',
    description:
      'Event names, event types and patterns, separated by commas. In a pattern `*` stands for one dot-separated word and `#` for any number of words.',
    column: 'event_names',
    type: texts,
    // pg blocks the event loop for 150 ms to read an array of a megabyte, and for 5 ms to read that much JSON.
    select: 'to_json(event_names)',
    rule: rules.eventNames,
    isRequired: true,
    isOriginal: true,
    search: { sql: `array_to_string(event_names, ',')`, type: 'text' },
    toCallers: (names) => names.join(','),
    toWorkers: (names, limits) => ({ eventNames: namesWithin(names, limits) }),
  }),
  timeoutS: given({
    api: 'timeout',
    description:
      'Seconds for one callback, from connecting to the end of the answer. In requests a number below 1 counts as 10, and one above 60 as 60. In a request that has both names, `time_out` wins.',
    // The original's servers read `time_out`; its documents say `timeout`.
    alias: 'time_out',
    column: 'timeout_s',
    type: bigint,
    rule: rules.timeout,
    default: rules.defaultTimeoutS,
    isOriginal: true,
    search: {},
    toWorkers: (timeoutS) => ({ timeoutMs: timeoutS * 1_000 }),
  }),
  operator: kept({
    api: 'operator',
    description: 'The user of the last change.',
    column: 'operator',
    type: text,
    search: {},
  }),
  account: kept({
    api: 'bk_supplier_account',
    description: 'The account that owns the subscription.',
    column: 'account',
    type: text,
    search: {},
    toWorkers: (account) => ({ account }),
  }),
  bizId: kept({
    api: 'bk_biz_id',
    description: 'The business that the subscription was created with. It narrows nothing.',
    column: 'biz_id',
    type: bigint,
    search: {},
  }),
  lastTime: computed({
    api: 'last_time',
    description: 'The time of the last change in UTC+8: `yyyy-MM-dd HH:mm:ss`.',
    type: text,
    select: lastTime,
    search: { sortSql: 'saved_at' },
  }),
  description: given({
    api: 'description',
    description: 'Free text.',
    column: 'description',
    type: text,
    rule: rules.description,
    default: '',
    search: {},
  }),
  enabled: given({
    api: 'enabled',
    description: 'While it is false, events are held. They are delivered when it is set to true again.',
    column: 'enabled',
    type: boolean,
    rule: rules.boolean,
    default: true,
    search: {},
  }),
  /** For workers a subscription whose receiver has not allowed callbacks is disabled. */
  isCallable: computed({ type: boolean, select: isCallable, toWorkers: (enabled) => ({ enabled }) }),
  disabledReason: kept({
    api: 'disabled_reason',
    description: 'Why Callbus disabled the subscription; null when it is enabled, or was disabled by its owner.',
    column: 'disabled_reason',
    type: nullableText,
  }),
  payloadFormat: given({
    api: 'payload_format',
    description:
      'The body of a callback. `source`: an ETC notification as it was published, any other event as a structured CloudEvent. `cloudevents`: always a structured CloudEvent. `cloudevents-binary`: a CloudEvent in binary mode.',
    column: 'payload_format',
    type: oneOf(payloadFormats),
    rule: rules.oneOf(payloadFormats),
    default: 'source',
    search: {},
    toWorkers: (payloadFormat) => ({ payloadFormat }),
  }),
  eventBusId: given({
    api: 'event_bus_id',
    description: 'Only events of this bus; null for any bus. ETC notifications have no bus.',
    column: 'event_bus_id',
    type: nullableText,
    rule: rules.shortText,
    default: null,
    search: {},
    toWorkers: (eventBusId) => ({ eventBusId }),
  }),
  /** Sealed in `secrets`. */
  secret: unstored({
    api: 'secret',
    description:
      'Signs each callback as Standard Webhooks do: `whsec_` and the base64 of 24 to 64 bytes, or, only in a create, `generate`. Null for none. It is answered only by the call that makes it.',
    rule: rules.secret,
    default: undefined,
  }),
  headers: given({
    api: 'headers',
    description:
      'Additional headers of each callback. Hop-by-hop headers, `host`, `expect`, `content-*`, `webhook-*`, `ce-*` and `x-callbus-*` are refused. Values that look secret are answered as `********`, and that value in a change keeps what is stored.',
    column: 'headers',
    type: json<Subscription['headers']>({ type: 'object', additionalProperties: { type: 'string' } }),
    rule: rules.headers,
    default: {},
    toCallers: maskHeaders,
    // The worker's own headers are in lower case and replace the same headers of a subscription.
    toWorkers: (headers) => ({
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    }),
  }),
  maxAttempts: given({
    api: 'max_attempts',
    description: 'Attempts until an event is undelivered.',
    column: 'max_attempts',
    type: bigint,
    rule: rules.wholeNumber(1, 20),
    default: 10,
    search: {},
    toWorkers: (maxAttempts) => ({ maxAttempts }),
  }),
  maxInFlight: given({
    api: 'max_in_flight',
    description: 'Callbacks at once, for each worker.',
    column: 'max_in_flight',
    type: bigint,
    rule: rules.wholeNumber(1, 256),
    default: 64,
    search: {},
    toWorkers: (maxInFlight) => ({ maxInFlight }),
  }),
  verification: given({
    api: 'verification',
    description:
      '`cloudevents`: the receiver is asked for permission (`OPTIONS` with `WebHook-Request-Origin`) before its first event.',
    column: 'verification',
    type: oneOf(verifications),
    rule: rules.oneOf(verifications),
    default: 'none',
    search: {},
  }),
  isVerified: computed({
    api: 'verified',
    description: 'Whether the receiver has allowed callbacks; null for a subscription without verification.',
    type: nullableBoolean,
    select: isVerified,
    search: {},
  }),
  verificationFailure: kept({
    api: 'verification_failure',
    description: 'Why the receiver has not allowed callbacks yet.',
    column: 'verification_failure',
    type: nullableText,
  }),
  /** The permission of the receiver. */
  webHook: computed({
    type: json<WebHook | null>(),
    select: `CASE WHEN verified_origin IS NOT NULL
      THEN json_build_object('origin', verified_origin, 'maxPerMinute', allowed_per_minute) END`,
    toWorkers: (webHook): Pick<Subscription, 'webHook'> => (webHook === null ? {} : { webHook }),
  }),
  /** Signing secrets, newest first, and the sealed values of headers. */
  secrets: kept({ column: 'secrets', type: json<readonly SealedSecret[]>(), toWorkers: (secrets) => ({ secrets }) }),
};
