/** Scripts outside the repository import it from this path. */
export { startRedisPackage } from './servers/private-redis.js';
