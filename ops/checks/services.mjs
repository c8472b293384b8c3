// The services as processes of their own, as they run in production.
import { startService as startProcess } from '../../libs/testing/dist/processes/service-process.js';
import { attach } from './children.mjs';

/** Everything else is the services' default. */
export const productionSettings = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  AUTH: 'none',
  // Where the receivers of the checks listen.
  CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
  INTERNAL_TOKEN: 'a-token-between-the-services',
};

/** As in the Dockerfile. */
const nodeOptions = ['--min-semi-space-size=32', '--max-semi-space-size=32', '--heap-growing-percent=150'];

/**
 * Starts a service, and resolves when it is up.
 *
 * @param {Parameters<typeof startProcess>[0]['name']} name
 * @param env all of its environment but PATH and PORT
 */
export const startService = (name, env) =>
  startProcess({ name, env: { PORT: '0', ...env }, execArgv: nodeOptions, onSpawn: attach });
