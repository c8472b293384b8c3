import { parseCidrs } from '@callbus/callback/network/address-policy';
import { ingestSettings } from '@callbus/ingest/settings';
import { deliverySettings } from '@callbus/delivery/settings';
import type { ConfigOf } from '@callbus/runtime/config/read-config';
import { settings } from '@callbus/runtime/config/settings';
import { subscriptionSettings } from '@callbus/subscription/settings';
import Joi from 'joi';

const hostName = Joi.string().hostname();

/** @throws Error that names the first invalid host name */
function parseHosts(text: string): readonly string[] {
  const hosts = text.split(/[\s,]+/).filter(Boolean);
  const refused = hosts.find((host) => hostName.validate(host).error);
  if (refused !== undefined) throw new Error(`"${refused}" is not the name of a host`);
  return hosts;
}

/** The settings of all three services. A server whose URL is not set is embedded. */
export const standaloneSettings = {
  ...deliverySettings,
  ...subscriptionSettings,
  ...ingestSettings,
  PORT: settings.PORT(8080),
  LOG_LEVEL: settings.LOG_LEVEL.default('warn'),
  AUTH: settings.AUTH.optional().default('none'),
  AMQP_URL: Joi.when('NODE_ENV', {
    is: 'production',
    then: settings.AMQP_URL.required().messages({
      'any.required': 'AMQP_URL is required with NODE_ENV=production: events in flight would live in memory only',
    }),
    otherwise: settings.AMQP_URL,
  }) as Joi.Schema<string | undefined>,
  DATABASE_URL: settings.DATABASE_URL as Joi.Schema<string | undefined>,
  REDIS_URL: settings.REDIS_URL as Joi.Schema<string | undefined>,
  SUBSCRIPTION_URL: Joi.forbidden(),
  INTERNAL_TOKEN: settings.INTERNAL_TOKEN as Joi.Schema<string | undefined>,
  NODE_ENV: Joi.string(),
  /** Users who try Callbus have their receivers on the same machine. */
  CALLBACK_ALLOW_CIDRS: deliverySettings.CALLBACK_ALLOW_CIDRS.default(parseCidrs('127.0.0.0/8,::1/128')),
  ALLOWED_HOSTS: Joi.any<readonly string[]>().custom(parseHosts).default([]),
  CALLBUS_DATA_DIR: Joi.string().default('.callbus'),
};

export type StandaloneConfig = ConfigOf<typeof standaloneSettings>;
