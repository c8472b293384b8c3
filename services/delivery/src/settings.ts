import { parseCidrs } from '@callbus/callback/network/address-policy';
import { parseDnsServers } from '@callbus/callback/dns/servers';
import {
  brokerSettings,
  consumerSettings,
  redisSettings,
  settings,
  tracesSettings,
} from '@callbus/runtime/config/settings';
import Joi from 'joi';

type Cidrs = ReturnType<typeof parseCidrs>;

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns milliseconds */
function readDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new Error('not a duration such as 3d, 12h, 90m or 30s');
  return Number(count) * units[unit as keyof typeof units];
}

export const deliverySettings = {
  ...brokerSettings,
  ...consumerSettings,
  ...redisSettings,
  ...tracesSettings,
  HOST: settings.HOST,
  PORT: settings.PORT(8083),
  LOG_LEVEL: settings.LOG_LEVEL,
  SUBSCRIPTION_URL: settings.SUBSCRIPTION_URL.required(),
  INTERNAL_TOKEN: settings.INTERNAL_TOKEN.required(),
  INTERNAL_TOKEN_PREVIOUS: settings.INTERNAL_TOKEN_PREVIOUS,
  CLOCK_SKEW_LIMIT_S: settings.CLOCK_SKEW_LIMIT_S,
  WORKER_PREFETCH: Joi.number().integer().min(1).max(10_000).default(500),
  /** A duration such as `3d`, `12h`, `90m` or `30s`. */
  MAX_EVENT_AGE: Joi.any<number>()
    .custom(readDuration)
    .default(3 * units.d),
  SECRETS_KEY: settings.SECRETS_KEY,
  SECRETS_KEY_PREVIOUS: settings.SECRETS_KEY_PREVIOUS,
  CALLBACK_ALLOW_CIDRS: Joi.any<Cidrs>().custom(parseCidrs).default([]),
  CALLBACK_DNS_SERVERS: Joi.any<readonly string[]>().custom(parseDnsServers),
  /** A duration such as `5m` or `30s`. */
  CALLBACK_CONNECTION_MAX_AGE: Joi.any<number>()
    .custom(readDuration)
    .default(5 * units.m),
};
