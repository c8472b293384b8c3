// The services as processes of their own, with the settings of production.
import { startService as startProcess } from '../../libs/testing/dist/processes/service-process.js';

/** All other settings have their defaults. */
export const productionSettings = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  AUTH: 'none',
  // The receivers of the checks listen on loopback.
  CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
  INTERNAL_TOKEN: 'a-token-between-the-services',
  SECRETS_KEY: 'a-key-for-the-secrets-of-subscriptions',
};

/** The options of the Dockerfile. */
const nodeOptions = ['--min-semi-space-size=32', '--max-semi-space-size=32', '--heap-growing-percent=150'];

/**
 * Starts a service, and resolves when it is up.
 *
 * @param {Parameters<typeof startProcess>[0]['name']} name
 * @param env the whole environment except PATH and PORT
 * @param {string} [sign] the log message that ends the wait, instead of the one that it is up
 */
export const startService = (name, env, sign) =>
  startProcess({ name, env: { PORT: '0', ...env }, execArgv: nodeOptions, ...(sign && { sign }) });
