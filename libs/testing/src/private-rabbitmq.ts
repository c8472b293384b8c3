/** Scripts outside the repository import it from this path. */
export { startRabbitmqPackage } from './servers/private-rabbitmq.js';
