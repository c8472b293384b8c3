import type { AuthSettings } from '@callbus/runtime/auth';
import { settings } from '@callbus/runtime/settings';
import Joi from 'joi';

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

export const ingestSettings = {
  HOST: settings.HOST.when('AUTH', { is: 'none', then: Joi.string().pattern(loopback) }).messages({
    'string.pattern.base': 'HOST must be a loopback address, such as 127.0.0.1, with AUTH=none',
  }),
  PORT: settings.PORT(8081),
  LOG_LEVEL: settings.LOG_LEVEL,
  AMQP_URL: settings.AMQP_URL.required(),
  REDIS_URL: settings.REDIS_URL.required(),
  BROKER_PREFIX: settings.BROKER_PREFIX,
  REDIS_PREFIX: settings.REDIS_PREFIX,
  AUTH: settings.AUTH,
  KEYS_FILE: settings.KEYS_FILE,
  GATEWAY_TOKEN: settings.GATEWAY_TOKEN,
  CONFIRM_TIMEOUT_MS: settings.CONFIRM_TIMEOUT_MS,
  /** 0: repeats are published again. */
  DEDUPLICATION_WINDOW_S: Joi.number().integer().min(0).max(86_400).default(600),
  MAX_EVENTS_PER_REQUEST: Joi.number().integer().min(1).max(10_000).default(100),
  MAX_EVENT_BYTES: Joi.number().integer().min(1_024).max(5_242_880).default(262_144),
  /** Answers every error of ETC with this HTTP status, for clients that look only at `code`. */
  ETC_ERROR_STATUS: Joi.number().valid(200),
};

/** What the schema has checked, as the type that says which settings go together. */
export function authSettings(config: { AUTH: string; KEYS_FILE: string; GATEWAY_TOKEN: string }): AuthSettings {
  const { AUTH, KEYS_FILE, GATEWAY_TOKEN } = config;
  if (AUTH === 'none') return { AUTH };
  return AUTH === 'keys' ? { AUTH, KEYS_FILE } : { AUTH: 'gateway', GATEWAY_TOKEN };
}
