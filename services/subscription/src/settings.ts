import { parseCidrs } from '@callbus/callback/network/address-policy';
import type { ConfigOf } from '@callbus/runtime/config/read-config';
import { parseDnsServers } from '@callbus/callback/dns/servers';
import {
  apiSettings,
  brokerSettings,
  consumerSettings,
  redisSettings,
  settings,
  tracesSettings,
} from '@callbus/runtime/config/settings';
import Joi from 'joi';
import { defaultLimits, type Limits } from './accounts/limits.js';

type Cidrs = ReturnType<typeof parseCidrs>;

export const subscriptionSettings = {
  ...apiSettings,
  ...brokerSettings,
  ...consumerSettings,
  ...redisSettings,
  ...tracesSettings,
  PORT: settings.PORT(8082),
  LOG_LEVEL: settings.LOG_LEVEL,
  DATABASE_URL: settings.DATABASE_URL.required(),
  DATABASE_CA_FILE: settings.DATABASE_CA_FILE,
  INTERNAL_TOKEN: settings.INTERNAL_TOKEN.required(),
  INTERNAL_TOKEN_PREVIOUS: settings.INTERNAL_TOKEN_PREVIOUS,
  CLOCK_SKEW_LIMIT_S: settings.CLOCK_SKEW_LIMIT_S,
  SECRETS_KEY: settings.SECRETS_KEY,
  SECRETS_KEY_PREVIOUS: settings.SECRETS_KEY_PREVIOUS,
  CALLBACK_ALLOW_CIDRS: Joi.any<Cidrs>().custom(parseCidrs).default([]),
  CALLBACK_DNS_SERVERS: Joi.any<readonly string[]>().custom(parseDnsServers),
  /** The DNS name of this bus, which receivers get with the request for permission (`WebHook-Request-Origin`). */
  WEBHOOK_ORIGIN: Joi.string()
    .pattern(/^[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/i)
    .messages({ 'string.pattern.base': '{#label} must be a DNS name such as events.example.com' })
    .default('callbus'),
  /** The most undelivered events that a process replays per second. */
  REPLAY_RATE: Joi.number().integer().min(1).max(10_000).default(500),
  UNDELIVERED_RETENTION_DAYS: Joi.number().integer().min(1).max(3_650).default(30),
  MAX_PATTERN_WORDS: Joi.number().integer().min(1).max(512).default(defaultLimits.patternWords),
  MAX_PATTERN_HASHES: Joi.number().integer().min(0).max(64).default(defaultLimits.patternHashes),
  MAX_PATTERN_BYTES: Joi.number().integer().min(1_024).max(1_048_576).default(defaultLimits.patternBytes),
  MAX_NAMES_PER_SUBSCRIPTION: Joi.number().integer().min(1).max(10_000).default(defaultLimits.names),
  MAX_SUBSCRIPTIONS: Joi.number().integer().min(1).max(10_000_000).default(defaultLimits.subscriptions),
  MAX_SUBSCRIPTION_BYTES: Joi.number()
    .integer()
    .min(65_536)
    .max(1_099_511_627_776)
    .default(defaultLimits.subscriptionBytes),
  MAX_ACCOUNT_PATTERN_BYTES: Joi.number()
    .integer()
    .min(1_024)
    .max(1_073_741_824)
    .default(defaultLimits.accountPatternBytes),
  MAX_UNDELIVERED: Joi.number().integer().min(1).max(1_000_000_000_000).default(defaultLimits.undelivered),
  MAX_PROBES_PER_SECOND: Joi.number().integer().min(1).max(10_000).default(defaultLimits.probesPerSecond),
  MAX_PROBES_AT_ONCE: Joi.number().integer().min(1).max(100_000).default(defaultLimits.probesAtOnce),
  MAX_REPLAYS: Joi.number().integer().min(1).max(10_000).default(defaultLimits.replays),
};

type LimitSettings = Pick<
  ConfigOf<typeof subscriptionSettings>,
  | 'MAX_PATTERN_WORDS'
  | 'MAX_PATTERN_HASHES'
  | 'MAX_PATTERN_BYTES'
  | 'MAX_NAMES_PER_SUBSCRIPTION'
  | 'MAX_SUBSCRIPTIONS'
  | 'MAX_SUBSCRIPTION_BYTES'
  | 'MAX_ACCOUNT_PATTERN_BYTES'
  | 'MAX_UNDELIVERED'
  | 'MAX_REPLAYS'
  | 'MAX_PROBES_PER_SECOND'
  | 'MAX_PROBES_AT_ONCE'
>;

export function limitsOf(config: LimitSettings): Limits {
  return {
    patternWords: config.MAX_PATTERN_WORDS,
    patternHashes: config.MAX_PATTERN_HASHES,
    patternBytes: config.MAX_PATTERN_BYTES,
    names: config.MAX_NAMES_PER_SUBSCRIPTION,
    subscriptions: config.MAX_SUBSCRIPTIONS,
    subscriptionBytes: config.MAX_SUBSCRIPTION_BYTES,
    accountPatternBytes: config.MAX_ACCOUNT_PATTERN_BYTES,
    undelivered: config.MAX_UNDELIVERED,
    replays: config.MAX_REPLAYS,
    keys: defaultLimits.keys,
    probesPerSecond: config.MAX_PROBES_PER_SECOND,
    probesAtOnce: config.MAX_PROBES_AT_ONCE,
  };
}
