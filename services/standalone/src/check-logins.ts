import { rabbitmqRefusal } from '@callbus/broker/rabbitmq/connection/rabbitmq-refusal';
import { CannotStart } from '@callbus/runtime/lifecycle/cannot-start';
import { redisRefusal } from '@callbus/runtime/redis/redis';
import type { Context } from '@callbus/start/context';
import { postgresRefusal } from '@callbus/subscription/database/open-pool';
import type { StandaloneConfig } from './settings.js';

/**
 * Logs in to each configured server once. A person who waits in a terminal has to correct a refused login, while a service
 * goes on trying, because an operator may be replacing its password.
 *
 * @throws CannotStart when a server refuses the login
 */
export async function checkLogins({ config, logger }: Context<StandaloneConfig>): Promise<void> {
  const { AMQP_URL, DATABASE_URL, REDIS_URL, TRACES_REDIS_URL } = config;
  const toRedis = (url: string) => redisRefusal({ url, ca: config.REDIS_CA_FILE });
  const checks = [
    check('RabbitMQ', { AMQP_URL }, (url) => rabbitmqRefusal({ url, ca: config.AMQP_CA_FILE })),
    check('PostgreSQL', { DATABASE_URL }, (url) => postgresRefusal({ url, ca: config.DATABASE_CA_FILE, logger })),
    check('Redis', { REDIS_URL }, toRedis),
    check('Redis', { TRACES_REDIS_URL }, toRedis),
  ];
  const refusals = (await Promise.all(checks)).flat();
  if (refusals.length > 0) throw new CannotStart(refusals.join('; '));
}

/** @param setting the name and the value of the setting that has the login */
async function check(
  server: string,
  setting: Readonly<Record<string, string | undefined>>,
  refusalOf: (url: string) => Promise<string | undefined>,
): Promise<string[]> {
  const [[name, url] = []] = Object.entries(setting);
  const refusal = url === undefined ? undefined : await refusalOf(url);
  return refusal === undefined ? [] : [`${server} refuses the login: ${refusal}: correct ${name}`];
}
