import { apiSettings, brokerSettings, redisSettings, settings } from '@callbus/runtime/config/settings';
import Joi from 'joi';

export const ingestSettings = {
  ...apiSettings,
  ...brokerSettings,
  ...redisSettings,
  PORT: settings.PORT(8081),
  LOG_LEVEL: settings.LOG_LEVEL,
  /** Lists the stored keys, and is a reference for this machine's clock: an event that is accepted with a wrong time may expire at once. */
  SUBSCRIPTION_URL: settings.SUBSCRIPTION_URL as Joi.Schema<string | undefined>,
  INTERNAL_TOKEN: settings.INTERNAL_TOKEN as Joi.Schema<string | undefined>,
  INTERNAL_TOKEN_PREVIOUS: settings.INTERNAL_TOKEN_PREVIOUS,
  CLOCK_SKEW_LIMIT_S: settings.CLOCK_SKEW_LIMIT_S,
  /** With 0, repeats are published again. */
  DEDUPLICATION_WINDOW_S: Joi.number().integer().min(0).max(86_400).default(600),
  MAX_EVENTS_PER_REQUEST: Joi.number().integer().min(1).max(10_000).default(100),
  MAX_EVENT_BYTES: Joi.number().integer().min(1_024).max(5_242_880).default(262_144),
  /** Dot-separated words of an event's name. */
  MAX_NAME_WORDS: Joi.number().integer().min(8).max(8_192).default(256),
  /** The quotas of an account, in each process. */
  MAX_EVENTS_PER_SECOND: Joi.number().integer().min(1).max(10_000_000).default(50_000),
  MAX_BYTES_PER_SECOND: Joi.number().integer().min(1_024).max(10_737_418_240).default(134_217_728),
  /** Answers every error of ETC with this HTTP status, for clients that look only at `code`. */
  ETC_ERROR_STATUS: Joi.number().valid(200),
};
