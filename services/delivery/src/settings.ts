import { settings } from '@callbus/runtime/settings';
import Joi from 'joi';
import { defaultRetrySchedule, parseRetrySchedule, type RetrySchedule } from './retry-policy.js';

export const deliverySettings = {
  HOST: settings.HOST,
  PORT: settings.PORT(8083),
  LOG_LEVEL: settings.LOG_LEVEL,
  AMQP_URL: settings.AMQP_URL.required(),
  REDIS_URL: settings.REDIS_URL.required(),
  SUBSCRIPTION_URL: settings.SUBSCRIPTION_URL.required(),
  INTERNAL_TOKEN: settings.INTERNAL_TOKEN.required(),
  BROKER_PREFIX: settings.BROKER_PREFIX,
  REDIS_PREFIX: settings.REDIS_PREFIX,
  CONFIRM_TIMEOUT_MS: settings.CONFIRM_TIMEOUT_MS,
  WORKER_PREFETCH: Joi.number().integer().min(1).max(10_000).default(500),
  RETRY_SCHEDULE: Joi.any<RetrySchedule>()
    .custom((text: string): RetrySchedule => {
      const schedule = parseRetrySchedule(text);
      if (schedule === undefined) throw new Error('not a list of retry tiers');
      return schedule;
    })
    .default(defaultRetrySchedule),
};
